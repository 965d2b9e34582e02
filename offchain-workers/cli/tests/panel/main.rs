//! A panel, by real processes: two miners do a redundant job and show different outputs, one of them wrong.
//! Three of four others are drawn and judge them by their own workers, told by nobody, though the input
//! cannot be had at first, and two of the workers are killed. In the end everybody has what the protocol
//! says, to the last unit.
//!
//! `QUITTANCE_CLI` is another `quittance` than the one built with this test.

mod amounts;
mod audit;
mod market;

use amounts::SEAT_BOND;
use audit::{Audit, Cast};
use market::{Market, Posted};
use quittance_blobs::FolderStore;
use quittance_cli::market::{end_requested, store, Failure};
use quittance_client::{
	calls, AccountId, ClientError, Head, JobRecord, JobState, Phase, Progress, Until, View,
};
use quittance_issuer::Work;
use quittance_types::{delivery_commitment, shared_output_salt, Blob, JobId};
use quittance_zkml::run;
use std::{
	env,
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

/// How long each thing may take. Epochs have 20 s: a draw comes in the second one after the question, and
/// twice more should it fail.
const DELIVERED: Duration = Duration::from_secs(90);
const DRAWN: Duration = Duration::from_secs(180);
const LOOKED: Duration = Duration::from_secs(30);
const COMMITTED: Duration = Duration::from_secs(60);
const REVEALED: Duration = Duration::from_secs(60);
const SETTLED: Duration = Duration::from_secs(60);
const AT_REST: Duration = Duration::from_secs(60);

/// How long all of it may take.
const LONGEST: Duration = Duration::from_secs(600);

/// How long a node may take to say what it knows after a failure.
const LAST_QUESTIONS: Duration = Duration::from_secs(20);

/// As many jobs as are looked at then; there is one.
const ALL: u32 = 8;

/// How long processes that were killed may still be there.
const GONE: Duration = Duration::from_secs(10);

#[test]
#[ignore = "needs a node: set QUITTANCE_NODE and run with --ignored"]
fn miners_that_differ_are_judged_and_everybody_gets_its_due() {
	let node = env::var_os("QUITTANCE_NODE").map(PathBuf::from).expect(
		"set QUITTANCE_NODE to the node's program, built with --features fast-runtime, to run \
		 this test",
	);
	let folder = tempfile::Builder::new().prefix("quittance-panel-").tempdir().unwrap();
	println!("panel: at most {} s, in {}", LONGEST.as_secs(), folder.path().display());
	let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
	// Everything that was started has ended when this returns.
	let mut faults = runtime.block_on(run_in(folder.path(), &node));
	faults.extend(still_there(folder.path()));
	if !faults.is_empty() {
		let kept = folder.keep();
		panic!("logs are kept in {}\n{}", kept.display(), faults.join("\n"));
	}
}

/// What is not as it has to be.
async fn run_in(folder: &Path, node: &Path) -> Vec<String> {
	let mut market = match Market::open(folder, node).await {
		Ok(opened) => opened,
		Err(failure) => return vec![failure.to_string()],
	};
	let ended = tokio::select! {
		ended = play(&mut market) => ended,
		() = tokio::time::sleep(LONGEST) => {
			Err(Failure::unavailable("the run", format!("not over after {} s", LONGEST.as_secs())))
		},
		// So that the processes end with us.
		signal = end_requested() => {
			return vec![format!("ended by {}", signal.unwrap_or("a signal"))]
		},
	};
	let mut faults = ended.unwrap_or_else(|failure| vec![failure.to_string()]);
	if !faults.is_empty() {
		let look = tokio::time::timeout(LAST_QUESTIONS, standing(&market)).await;
		faults.push(look.unwrap_or_else(|_| "the node does not answer".to_owned()));
		faults.push(market.last_words());
		return faults;
	}
	match market.close().await {
		Ok(()) => Vec::new(),
		Err(failure) => vec![failure.to_string()],
	}
}

/// The job from its post to its removal; then looks at everything.
async fn play(market: &mut Market) -> Result<Vec<String>, Failure> {
	let chain = market.chain.clone();
	let before = chain.at(Head::Finalised).await?;
	let posted = market.post().await?;
	let job = posted.job;
	let (right, wrong) = deliver(market, &posted).await?;

	// Until then no member can have looked at anything. From now on there is nothing to look at.
	market.withhold(&posted.blob)?;
	let what = "the members of a panel are drawn";
	let members = market.until(what, DRAWN, async |_, view| Ok(seated(view, job).await?)).await?;
	let mut faults = reserved(market, &members).await?;
	let [late, forgetful, steady] = members[..] else {
		let detail = format!("{} of them", members.len());
		return Err(Failure::unavailable("counting members", detail));
	};

	// One is killed that has its seat, and has looked, and has not committed to anything.
	let name = market.seat(&late)?.name();
	let what = format!("the worker of {name}, a member, has looked for the input");
	let looked = async |market: &Market, _: &View| {
		let seat = market.others.iter().find(|seat| seat.account() == late);
		let looks = seat.map_or(Ok(0), |seat| seat.count(job, audit::NOT_YET))?;
		Ok((looks > 0).then_some(()))
	};
	market.until(&what, LOOKED, looked).await?;
	market.seat(&late)?.kill().await?;
	println!("panel: the worker of {name} is killed before its commitment");
	market.give_back(&posted.input)?;

	// One when its commitment is in a block. All that it had noted is lost with it.
	let name = market.seat(&forgetful)?.name();
	committed(market, job, &forgetful).await?;
	let seat = market.seat(&forgetful)?;
	seat.kill().await?;
	seat.lose_records()?;
	seat.start()?;
	println!("panel: the worker of {name} is killed after its commitment, and knows nothing more");

	committed(market, job, &steady).await?;
	let view = chain.at(Head::Best).await?;
	for (member, expected) in [(late, false), (forgetful, true), (steady, true)] {
		let progress = progress(&view, job, &member).await?;
		let name = market.seat(&member)?.name();
		match (expected, progress) {
			(false, Some(Progress::Seated)) | (true, Some(Progress::Committed(_))) => {},
			_ => faults.push(format!(
				"{name} is at {progress:?} before all have committed, committed: {expected}"
			)),
		}
	}
	market.seat(&late)?.start()?;
	committed(market, job, &late).await?;
	for member in [late, forgetful, steady] {
		revealed(market, job, &member).await?;
	}
	let what = "the panel has its verdict and the job is settled, in a final block";
	let settled = async |market: &Market, _: &View| {
		let view = market.chain.at(Head::Finalised).await?;
		Ok(matches!(view.job(job).await?, Some(JobRecord::Ended(_))).then_some(()))
	};
	market.until(what, SETTLED, settled).await?;

	come_to_rest(market, job).await?;
	market.spend(&calls::remove_job(job), Until::Finalised).await?;
	let after = chain.at(Head::Finalised).await?;
	let cast = Cast { job, right, wrong, late, forgetful, steady };
	faults.extend(Audit::of(market, &cast, &before, &after).await?);
	Ok(faults)
}

/// Has the job done twice, rightly by the honest miner's worker and wrongly by the test; the outputs, the
/// right one first. A panel is asked about them then.
async fn deliver(market: &mut Market, posted: &Posted) -> Result<(Blob, Blob), Failure> {
	let job = posted.job;
	// The cheat comes first, so that its output is the first that is judged.
	market.cheat(&calls::lock_job(job)).await?;
	market.honest.start()?;
	let (right, wrong) = outputs(market, job).await?;
	let (cheat, salt) = (market.cheat.miner.account(), rand::random());
	let commitment = delivery_commitment(job, &cheat.0, &wrong, &salt);
	market.cheat(&calls::commit_delivery(job, commitment)).await?;
	let what = "both miners have committed to their outputs";
	let state =
		async |view: &View| Ok::<_, Failure>(view.live_job(job).await?.map(|job| job.state));
	let begun = async |_: &Market, view: &View| {
		Ok(matches!(state(view).await?, Some(JobState::Revealing { .. })).then_some(()))
	};
	market.until(what, DELIVERED, begun).await?;
	market.cheat(&calls::reveal_delivery(job, wrong, salt)).await?;
	let what = "both outputs are shown and a panel is asked";
	let asked = async |_: &Market, view: &View| {
		Ok((state(view).await? == Some(JobState::Disputed)).then_some(()))
	};
	market.until(what, DELIVERED, asked).await?;
	Ok((right, wrong))
}

/// The output that an honest miner makes, and one that only looks like it: the same answers under a salt of
/// its maker's. It is in the folder.
async fn outputs(market: &Market, job: JobId) -> Result<(Blob, Blob), Failure> {
	let missing =
		|| Failure::unavailable("looking at the job", "job or model are not on the chain");
	let view = market.chain.at(Head::Best).await?;
	let record = view.live_job(job).await?.ok_or_else(missing)?;
	let model = view.model(&market.model).await?.ok_or_else(missing)?;
	let failed = |error: &dyn std::fmt::Display| Failure::unavailable("doing the job", error);
	let blobs = FolderStore::open(&market.blobs).map_err(|error| failed(&error))?;
	let work = Work::fetch(&blobs, &record, &model.description).map_err(|error| failed(&error))?;
	let of = |salt| run(&work.network, &work.input, salt).map_err(|error| failed(&error));
	let right = of(shared_output_salt(work.input.salt(), job))?;
	let size = u32::try_from(right.encode().len()).map_err(|error| failed(&error))?;
	let wrong = store(&market.blobs, &of(rand::random())?.encode())?;
	Ok((Blob { digest: right.digest(), size }, wrong))
}

/// The members of the draw that sits.
async fn seated(view: &View, job: JobId) -> Result<Option<Vec<AccountId>>, ClientError> {
	let Some(panel) = view.panel(job).await? else { return Ok(None) };
	let sits = matches!(panel.phase, Phase::Sitting { .. });
	let last = panel.draws.checked_sub(1);
	let members = panel.members.iter().filter(|member| Some(member.draw) == last);
	Ok(sits.then(|| members.map(|member| member.account).collect()))
}

/// How far a member of the draw that sits has come.
async fn progress(
	view: &View,
	job: JobId,
	member: &AccountId,
) -> Result<Option<Progress>, ClientError> {
	let Some(panel) = view.panel(job).await? else { return Ok(None) };
	let found = panel.members.iter().find(|other| other.account == *member);
	Ok(found.map(|member| member.progress))
}

/// Waits until a member's commitment is in a block.
async fn committed(market: &mut Market, job: JobId, member: &AccountId) -> Result<(), Failure> {
	let what = format!("{}, a member, has committed to what it found", market.seat(member)?.name());
	let look = async |_: &Market, view: &View| {
		let progress = progress(view, job, member).await?;
		let committed = matches!(progress, Some(Progress::Committed(_) | Progress::Revealed(_)));
		Ok(committed.then_some(()))
	};
	market.until(&what, COMMITTED, look).await
}

/// Waits until a member has said what it found.
async fn revealed(market: &mut Market, job: JobId, member: &AccountId) -> Result<(), Failure> {
	let what = format!("{}, a member, has revealed what it found", market.seat(member)?.name());
	let look = async |_: &Market, view: &View| {
		let progress = progress(view, job, member).await?;
		// With the last of them the panel may have ended.
		Ok(matches!(progress, None | Some(Progress::Revealed(_))).then_some(()))
	};
	market.until(&what, REVEALED, look).await
}

/// What is wrong with the bonds while the panel sits.
async fn reserved(market: &Market, members: &[AccountId]) -> Result<Vec<String>, Failure> {
	let view = market.chain.at(Head::Best).await?;
	let mut faults = Vec::new();
	for seat in &market.others {
		let account = seat.account();
		let found = view.miner(&account).await?.map(|info| info.record.reserved);
		let expected = if members.contains(&account) { SEAT_BOND } else { 0 };
		if found != Some(expected) {
			let name = seat.name();
			faults
				.push(format!("the draw has reserved {found:?} of {name}'s bond, not {expected}"));
		}
	}
	Ok(faults)
}

/// Lets every worker take note of how it has ended, and ends it.
async fn come_to_rest(market: &mut Market, job: JobId) -> Result<(), Failure> {
	// Which looks at what a panel judges now and then only, but at everything when it starts.
	market.honest.kill().await?;
	market.honest.start()?;
	let what = "every worker has noted how job and panel have ended";
	let resting = async |market: &Market, _: &View| {
		if market.honest.count(job, "ended")? == 0 {
			return Ok(None);
		}
		for seat in &market.others {
			if !seat.is_free().await {
				return Ok(None);
			}
		}
		Ok(Some(()))
	};
	market.until(what, AT_REST, resting).await?;
	market.honest.stop().await?;
	for seat in &mut market.others {
		seat.stop().await?;
	}
	Ok(())
}

/// Jobs and panels, as the chain has them.
async fn standing(market: &Market) -> String {
	let look = async || {
		let view = market.chain.at(Head::Best).await?;
		let mut lines = vec![format!("at block {}", view.block().number)];
		// Not those that wait for a time alone: a panel's job waits for none.
		for (job, record) in view.jobs(0, ALL).await? {
			lines.push(format!("job {job}: {record:?}\npanel: {:?}", view.panel(job).await?));
		}
		Ok::<_, ClientError>(lines.join("\n"))
	};
	look().await.unwrap_or_else(|error| error.to_string())
}

/// The processes that have a path within this folder among their arguments, if they do not go.
fn still_there(folder: &Path) -> Option<String> {
	let within = format!("{}/", folder.display());
	let arguments = |id: u32| std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
	let is_ours = |id: &u32| String::from_utf8_lossy(&arguments(*id)).contains(&within);
	let began = Instant::now();
	loop {
		let all = std::fs::read_dir("/proc").expect("the system has processes").flatten();
		let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
		let left: Vec<u32> = ids.filter(is_ours).collect();
		match left.is_empty() {
			true => return None,
			false if began.elapsed() > GONE => {
				return Some(format!("processes {left:?} still run"))
			},
			false => std::thread::sleep(Duration::from_millis(50)),
		}
	}
}
