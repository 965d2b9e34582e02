//! Shielded money on a real node, by the commands that people use.

mod auditor;
mod money;
mod private_jobs;
mod user;
