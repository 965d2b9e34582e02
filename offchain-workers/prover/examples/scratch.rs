mod statement;
use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::VariableBaseMSM;
use quittance_circuits::{basic_receipt, Fr};
use taceo_groth16::{LibSnarkReduction, R1CSToQAP};
fn cpu() -> f64 {
	let s = std::fs::read_to_string("/proc/self/schedstat").unwrap();
	s.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6
}
fn time<R>(name: &str, mut f: impl FnMut() -> R) {
	f();
	let a = cpu();
	for _ in 0..5 {
		std::hint::black_box(f());
	}
	println!("{name:30} {:.1} ms", (cpu() - a) / 5.0);
}
fn main() {
	rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().unwrap();
	let shape = basic_receipt::shape();
	let key = quittance_prover::set_up_for_development(&shape).unwrap();
	let (p, w) = statement::statement(1);
	let a = basic_receipt::assign(&p, &w).unwrap();
	let m = shape.matrices();
	println!("nnz {} {} {}", m.a_num_non_zero, m.b_num_non_zero, m.c_num_non_zero);
	let small = a
		.wires()
		.iter()
		.filter(|v| {
			use ark_ff::{BigInteger, PrimeField};
			v.into_bigint().num_bits() <= 1
		})
		.count();
	println!("wires {} bits {}", a.wires().len(), small);
	println!(
		"nonzero points a {} b {} l {} h {}",
		key.a_query.iter().filter(|p| !p.is_zero()).count(),
		key.b_g1_query.iter().filter(|p| !p.is_zero()).count(),
		key.l_query.iter().filter(|p| !p.is_zero()).count(),
		key.h_query.len()
	);
	time("assign", || basic_receipt::assign(&p, &w).unwrap());
	time("witness_map", || {
		LibSnarkReduction::witness_map_from_matrices::<Bn254>(&m, a.wires()).unwrap()
	});
	let h: Vec<Fr> = LibSnarkReduction::witness_map_from_matrices::<Bn254>(&m, a.wires()).unwrap();
	time("msm a taceo", || ark_algebra::msm::msm_unchecked(&key.a_query, a.wires()));
	time("msm b1 taceo", || ark_algebra::msm::msm_unchecked(&key.b_g1_query, a.wires()));
	time("msm b2 taceo", || ark_algebra::msm::msm_unchecked(&key.b_g2_query, a.wires()));
	time("msm l taceo", || ark_algebra::msm::msm_unchecked(&key.l_query, &a.wires()[10..]));
	time("msm h taceo", || ark_algebra::msm::msm_unchecked(&key.h_query, &h));
	time("msm a ark", || ark_bn254::G1Projective::msm_unchecked(&key.a_query, a.wires()));
	time("msm h ark", || ark_bn254::G1Projective::msm_unchecked(&key.h_query, &h));
	let nz: (Vec<G2Affine>, Vec<Fr>) = key
		.b_g2_query
		.iter()
		.zip(a.wires())
		.filter(|(p, _)| !p.is_zero())
		.map(|(p, w)| (*p, *w))
		.unzip();
	time("msm b2 taceo, nonzero", || ark_algebra::msm::msm_unchecked(&nz.0, &nz.1));
	time("msm b2 ark, nonzero", || ark_bn254::G2Projective::msm_unchecked(&nz.0, &nz.1));
	let nz: (Vec<G1Affine>, Vec<Fr>) = key
		.b_g1_query
		.iter()
		.zip(a.wires())
		.filter(|(p, _)| !p.is_zero())
		.map(|(p, w)| (*p, *w))
		.unzip();
	time("msm b1 taceo, nonzero", || ark_algebra::msm::msm_unchecked(&nz.0, &nz.1));
}
