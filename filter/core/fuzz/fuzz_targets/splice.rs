//! A request body is accepted exactly when serde_json accepts it (save what only Dragoman refuses), and splicing its
//! model changes the model and nothing else.

#![no_main]

use dragoman_core::json::{Flaw, Splice, include_usage, object, quote};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|body: &[u8]| {
    let own = object(body, &["model", "stream_options"]);
    let members = serde_json::from_slice::<std::collections::BTreeMap<String, &RawValue>>(body);
    let own = match (own, members) {
        (Ok(own), Ok(members)) => {
            assert_eq!(own.members().count(), members.len());
            for (key, value) in own.members() {
                assert_eq!(value.raw(), members[key].get());
            }
            own
        }
        (Err(Flaw::Duplicate(_) | Flaw::Ambiguous { .. } | Flaw::TooDeep | Flaw::TooManyMembers), _) => return,
        (Err(_), Err(_)) => return,
        (Ok(_), Err(error)) => panic!("only serde_json refuses: {error}"),
        (Err(flaw), Ok(_)) => panic!("only Dragoman refuses: {flaw}"),
    };
    let mut splice = Splice::new();
    if let Some(model) = own.find("model") {
        splice.replace(model.span(), quote("other"));
    }
    if let Ok(usage) = include_usage(&own) {
        usage.edit.into_iter().for_each(|edit| splice.push(edit));
    }
    let edited = splice.apply(body).expect("the edits fit");
    assert_eq!(edited.len(), body.len().checked_add_signed(splice.grown_by()).expect("not negative"));
    let (beginning, rest) = body.split_at(splice.reach());
    assert_eq!([&splice.apply(beginning).expect("the edits fit")[..], rest].concat(), edited);
    let again = object(&edited, &["model", "stream_options"]).expect("still one object");
    for (key, value) in own.members() {
        let now = again.find(key).expect("still there").raw();
        match key {
            "model" => assert_eq!(now, "\"other\""),
            "stream_options" => {}
            _ => assert_eq!(now, value.raw()),
        }
    }
});
