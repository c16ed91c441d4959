//! Texts through lanes, cut anywhere.

use std::convert::Infallible;

use dragoman_core::pii::entity::{self, Entity};
use dragoman_core::pii::{Depth, Detector, Edit, Kind, Lane, Scratch};

fn detector() -> Detector {
    Detector::new(0..u8::try_from(entity::ALL.len()).unwrap(), None, None).unwrap()
}

fn redact(detector: &Detector, depth: Depth, pieces: &[&[u8]]) -> Vec<u8> {
    let (mut lane, mut scratch, mut out) = (Lane::new(depth), Scratch::default(), Vec::new());
    let mut mask = |kind: Kind, _: &str, _: &[u8]| {
        let name = kind.entity().map_or("TERM", |entity| entity.name).to_ascii_uppercase();
        Ok::<_, Infallible>(Edit::Replace(format!("[{name}]")))
    };
    for piece in pieces {
        lane.push(detector, piece, false, &mut scratch, &mut out, &mut mask).unwrap();
    }
    lane.push(detector, &[], true, &mut scratch, &mut out, &mut mask).unwrap();
    assert_eq!(lane.held(), 0);
    out
}

/// What it gives with each mark of an example replaced.
fn expected(hit: &str, entity: &Entity) -> String {
    let mask = format!("[{}]", entity.name.to_ascii_uppercase());
    let parts = hit.split(['«', '»']).enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { mask.as_str() } else { part }).collect()
}

#[test]
fn each_entity_is_found_where_its_examples_say_wherever_the_text_is_cut() {
    let all = detector();
    for (index, entity) in (0..).zip(entity::ALL) {
        let alone = Detector::new([index], None, None).unwrap();
        for hit in entity.hits {
            let text = hit.replace(['«', '»'], "");
            let whole = redact(&all, Depth::Plain, &[text.as_bytes()]);
            for (detector, expected) in [(&alone, expected(hit, entity).into_bytes()), (&all, whole)] {
                let expected = String::from_utf8_lossy(&expected);
                for cut in 0..=text.len() {
                    let (left, right) = text.as_bytes().split_at(cut);
                    let out = redact(detector, Depth::Plain, &[left, right]);
                    assert_eq!(String::from_utf8_lossy(&out), expected, "{} cut at {cut}", entity.name);
                }
                let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
                assert_eq!(String::from_utf8_lossy(&redact(detector, Depth::Plain, &bytes)), expected);
            }
        }
        for miss in entity.misses {
            let out = redact(&alone, Depth::Plain, &[miss.as_bytes()]);
            assert_eq!(String::from_utf8_lossy(&out), *miss, "{}", entity.name);
        }
    }
}

#[test]
fn escapes_are_read_and_the_rest_of_the_bytes_is_left_alone() {
    let detector = detector();
    for (depth, text, expected) in [
        (Depth::Json, r"a\u0040b: anna\u0040example.com \u00e9\n", r"a\u0040b: [EMAIL] \u00e9\n"),
        (Depth::Json, r"4111\u00a01111\u20091111 1111", "[CREDIT_CARD]"),
        (Depth::Json, r"\ud83d\ude00anna@example.com\ud83d", r"\ud83d\ude00[EMAIL]\ud83d"),
        (Depth::JsonInJson, r#"{\"to\":\"anna@example.com\"}"#, r#"{\"to\":\"[EMAIL]\"}"#),
        (Depth::JsonInJson, r#"{\"to\":\"\\nanna\\u0040example.com\"}"#, r#"{\"to\":\"\\n[EMAIL]\"}"#),
        (Depth::JsonInJson, r#"{\"ssn\":536904399,\"n\":1}"#, r#"{\"ssn\":\"[US_SSN]\",\"n\":1}"#),
        (Depth::JsonInJson, r#"{\"ssn\":\"536904399 \\\" 536-90-4399\"}"#, r#"{\"ssn\":\"[US_SSN] \\\" [US_SSN]\"}"#),
        (Depth::Plain, "4\u{200b}111 1111 1111 1111", "[CREDIT_CARD]"),
        (Depth::Plain, "４１１１ １１１１ １１１１ １１１１", "[CREDIT_CARD]"),
        (Depth::Plain, "josé@example.com 中文anna@example.com。", "[EMAIL] 中文[EMAIL]。"),
    ] {
        for cut in 0..=text.len() {
            let (left, right) = text.as_bytes().split_at(cut);
            let out = redact(&detector, depth, &[left, right]);
            assert_eq!(String::from_utf8_lossy(&out), expected, "cut at {cut}");
        }
    }
}

#[test]
fn what_is_told_from_its_middle_is_not_lost_where_something_begins_with_it_and_the_text_is_cut() {
    let detector = detector();
    let text = "redis://:hunter2@10.0.0.5:6379";
    let whole = redact(&detector, Depth::Plain, &[text.as_bytes()]);
    for cut in 0..=text.len() {
        let (left, right) = text.as_bytes().split_at(cut);
        let out = redact(&detector, Depth::Plain, &[left, right]);
        assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(&whole), "cut at {cut}");
    }
}
