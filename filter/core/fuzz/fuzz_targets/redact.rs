//! Law 1 for one text under a policy: wherever it is cut, and whatever it is, it comes out as it does at once, and the
//! lane is empty at the end. The first byte picks the depth, the second how long the pieces are.

#![no_main]

use std::convert::Infallible;

use dragoman_core::pii::entity::ALL;
use dragoman_core::pii::{Depth, Detector, Edit, Kind, Lane, Scratch};
use libfuzzer_sys::fuzz_target;

thread_local!(static ALL_ENTITIES: Detector = {
    let all = 0..u8::try_from(ALL.len()).expect("entities have numbers of a byte");
    Detector::new(all, None, None).expect("the entities compile")
});

fn redact(depth: Depth, pieces: &[&[u8]]) -> Vec<u8> {
    let (mut lane, mut scratch, mut out) = (Lane::new(depth), Scratch::default(), Vec::new());
    let mut mask = |kind: Kind, _: &str, _: &[u8]| Ok::<_, Infallible>(Edit::Replace(format!("[{kind:?}]")));
    ALL_ENTITIES.with(|detector| {
        for piece in pieces {
            let Ok(()) = lane.push(detector, piece, false, &mut scratch, &mut out, &mut mask);
        }
        let Ok(()) = lane.push(detector, &[], true, &mut scratch, &mut out, &mut mask);
    });
    assert_eq!(lane.held(), 0);
    out
}

fuzz_target!(|input: &[u8]| {
    let [depth, length, text @ ..] = input else { return };
    let depth = [Depth::Plain, Depth::Json, Depth::JsonInJson][usize::from(depth % 3)];
    let pieces: Vec<&[u8]> = text.chunks(usize::from(*length).max(1)).collect();
    assert_eq!(redact(depth, &pieces), redact(depth, &[text]));
});
