//! The corpus of scripted exchanges, through every driver.

use std::io::{Write, stdout};

use dragoman_tests::driver::{self, Driver, Module, Native, Real};
use dragoman_tests::envoy::Version;
use dragoman_tests::vector::Vector;

/// Runs the whole corpus, and says everything that fails, what was left out and why.
fn corpus(driver: &dyn Driver) {
    let only = std::env::var("VECTOR").unwrap_or_default();
    let (mut failures, mut ran) = (Vec::new(), 0);
    let mut vectors = Vector::all();
    // Those that can share an Envoy, one behind the other.
    vectors.sort_by_cached_key(|vector| (vector.config().to_string(), vector.env.clone()));
    for vector in vectors {
        if !vector.name.contains(&only) {
            continue;
        }
        match driver.leaves_out(&vector) {
            // Past the capture of a test that passes: what is left out is always said.
            Some(reason) => {
                let driver = driver.name();
                let _ = writeln!(stdout(), "left out on {driver}: {}: {reason}", vector.name);
            }
            None => {
                ran += 1;
                failures.extend(driver::run(driver, &vector).err());
            }
        }
    }
    assert!(failures.is_empty(), "{} of {ran} exchanges failed:\n{}", failures.len(), failures.join("\n"));
    assert!(ran > 0, "no exchange is named like {only:?}");
}

#[test]
fn every_exchange_comes_out_right_from_the_module() {
    corpus(&Module::load());
}

#[test]
fn every_exchange_comes_out_right_from_the_core_however_it_is_cut() {
    corpus(&Native);
}

#[test]
fn every_exchange_comes_out_right_from_envoy() {
    corpus(&Real::new(Version::Current));
}

#[test]
fn every_exchange_with_one_attempt_comes_out_right_from_the_gateway_of_a_mesh() {
    corpus(&Real::new(Version::InMesh));
}

#[test]
fn every_exchange_that_it_can_carry_comes_out_right_from_the_oldest_envoy() {
    corpus(&Real::new(Version::Oldest));
}
