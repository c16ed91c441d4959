//! Texts through lanes, cut anywhere.

use std::convert::Infallible;
use std::rc::Rc;

use dragoman_core::pii::entity::{self, Entity};
use dragoman_core::pii::terms::Terms;
use dragoman_core::pii::{Depth, Detector, Edit, Kind, Lane, Scratch};

fn detector() -> Detector {
    Detector::new(0..u8::try_from(entity::ALL.len()).unwrap(), None, None).unwrap()
}

fn detector_of(names: &[&str]) -> Detector {
    let own = (0u8..).zip(entity::ALL).filter(|(_, entity)| names.contains(&entity.name));
    Detector::new(own.map(|(index, _)| index), None, None).unwrap()
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
        // A key that nobody ends ends with the string that it stands in.
        (
            Depth::JsonInJson,
            r#"{\"k\":\"-----BEGIN PRIVATE KEY-----\\nMIIE \\\" A\",\"b\":\"x\"}"#,
            r#"{\"k\":\"[PRIVATE_KEY]\",\"b\":\"x\"}"#,
        ),
        // Text that may be JSON, and a path that is none.
        (Depth::Plain, r#"{"a":"hi\nanna@example.com"}"#, r#"{"a":"hi\n[EMAIL]"}"#),
        (Depth::Json, r#"{\"a\":\"hi\\nanna@example.com\"}"#, r#"{\"a\":\"hi\\n[EMAIL]\"}"#),
        (Depth::Plain, r"<\u003canna@example.com\u003e", r"<\u003c[EMAIL]\u003e"),
        (Depth::Plain, r"C:\new\anna@example.com C:\nick@example.com", r"C:\new\[EMAIL] C:\n[EMAIL]"),
        (Depth::Plain, r"\\nanna@example.com \n@example.com", r"\\[EMAIL] [EMAIL]"),
        // Half a pair is no character, so this is a name behind a backslash; the other is a character, and no name.
        (Depth::Plain, r"a \udead@example.com \ufffd@example.com", r"a [EMAIL] \ufffd@example.com"),
        // What may begin only where a word does begins behind an escape; a text may be JSON in JSON.
        (Depth::Plain, r#"{"a":"ssn:\n536-90-4399\n"}"#, r#"{"a":"ssn:\n[US_SSN]\n"}"#),
        (Depth::Plain, r"\\n536-90-4399\\t4111111111111111\\", r"\\n[US_SSN]\\t[CREDIT_CARD]\\"),
        (Depth::Json, r"x\\r536-90-4399", r"x\\r[US_SSN]"),
        (Depth::JsonInJson, r#"{\"a\":\"x\\\\n536-90-4399\"}"#, r#"{\"a\":\"x\\\\n[US_SSN]\"}"#),
        (Depth::Plain, r"\u00a0536-90-4399 \uD83D\uDE00536-90-4399", r"\u00a0[US_SSN] \uD83D\uDE00[US_SSN]"),
        (Depth::Plain, r"a\u00536-90-4399 \n\nssn: 536904399", r"a\u00536-90-4399 \n\nssn: [US_SSN]"),
        (Depth::Plain, concat!(r"\f", "AKIA", "Z5GTW4QXPLR2M7NB", r"\n"), r"\f[AWS_ACCESS_KEY]\n"),
        (Depth::Plain, r"\\nanna@example.com \\\nanna@example.com", r"\\[EMAIL] \\\n[EMAIL]"),
        (Depth::Plain, r"C:\names n536-90-4399 \d536-90-4399", r"C:\names n536-90-4399 \d536-90-4399"),
        // What can only be an escape of a character is that character, in a text that may be JSON.
        (Depth::Plain, r"jo\u0065@example.com \u0061\u006e\u006e\u0061\u0040example.com", "[EMAIL] [EMAIL]"),
        (
            Depth::Plain,
            r#"{"a":"jos\u00e9@example.com","b":"o\u0027neil@example.org"}"#,
            r#"{"a":"[EMAIL]","b":"[EMAIL]"}"#,
        ),
        (Depth::Json, r#"{\"a\":\"jos\\u00e9@example.com\"}"#, r#"{\"a\":\"[EMAIL]\"}"#),
        (
            Depth::Json,
            r#"{\"a\":\"{\\\"b\\\":\\\"jos\\\\u00e9@example.com\\\"}\"}"#,
            r#"{\"a\":\"{\\\"b\\\":\\\"[EMAIL]\\\"}\"}"#,
        ),
        (
            Depth::JsonInJson,
            r#"{\"a\":\"{\\\"b\\\":\\\"jo\\\\u0065@x.org\\\"}\"}"#,
            r#"{\"a\":\"{\\\"b\\\":\\\"[EMAIL]\\\"}\"}"#,
        ),
        (Depth::Plain, r"\u002B49 30 901820 C:\u002", r"[PHONE] C:\u002"),
        (
            Depth::Plain,
            r#""https:\/\/bob:hunter2@db.example.com\/x""#,
            r#""https:\/\/[URL_CREDENTIALS]@db.example.com\/x""#,
        ),
        // What ends before it is an escape is none.
        (Depth::Plain, "my password is S3cret!pw.%", "my password is [PASSWORD]"),
        (Depth::Json, "my password is S3cret!pw%4", "my password is [PASSWORD]"),
        (Depth::Plain, r"my password is S3cret!pw\u00", r"my password is [PASSWORD]\u00"),
        (Depth::Json, r"4111\\u00a01111\\u00a01111\\u00a01111", "[CREDIT_CARD]"),
        (Depth::Plain, "٤١١١ ١١١١ ١١١١ ١١١١, ４१११ ১১১১ ๑๑๑๑ 𝟏𝟏𝟏𝟏", "[CREDIT_CARD], [CREDIT_CARD]"),
        (Depth::Plain, "4\u{200b}111 1111 1111 1111", "[CREDIT_CARD]"),
        (Depth::Plain, "anna@exa\u{e0041}mple.com, 4\u{206a}111\u{3164} 1111 1111 1111", "[EMAIL], [CREDIT_CARD]"),
        (Depth::Json, r"anna@exa\udb40\udc41mple.com", "[EMAIL]"),
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

#[test]
fn what_nobody_sees_behind_a_tail_goes_with_it_wherever_the_text_is_cut() {
    let detector = detector();
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhk=\n-----END PRIVATE KEY-----";
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P";
    let many = |count: usize| "\u{200d}".repeat(count);
    for (text, expected) in [
        (format!("a {KEY}\u{fe0f}\\n\""), "a [PRIVATE_KEY]\\n\"".to_owned()),
        (format!("a {KEY}\u{200b}\u{ad}-b"), "a [PRIVATE_KEY]-b".to_owned()),
        (format!("a {KEY}\u{200b}"), "a [PRIVATE_KEY]".to_owned()),
        // Where the text that ends it begins twice.
        (format!("{} {KEY}", KEY.replace("END PR", "END PPR")), "[PRIVATE_KEY] [PRIVATE_KEY]".to_owned()),
        // A seventeenth in a row is seen.
        (format!("a {KEY}{}.", many(18)), format!("a [PRIVATE_KEY]{}.", many(2))),
        (format!("a {TOKEN}{}b c", many(3)), "a [JWT] c".to_owned()),
        (format!("a {TOKEN}{}!", many(3)), "a [JWT]!".to_owned()),
        (format!("a {TOKEN}{}b", many(18)), format!("a [JWT]{}b", many(2))),
        // Behind what has no tail it stays.
        ("anna@example.com\u{200b} b".to_owned(), "[EMAIL]\u{200b} b".to_owned()),
        ("anna@example.com\u{200b}".to_owned(), "[EMAIL]\u{200b}".to_owned()),
    ] {
        for pieces in [text.as_bytes().chunks(1).collect(), vec![text.as_bytes()]] {
            let out = redact(&detector, Depth::Plain, &pieces);
            assert_eq!(String::from_utf8_lossy(&out), expected, "{} pieces", pieces.len());
        }
        for cut in 0..=text.len() {
            let (left, right) = text.as_bytes().split_at(cut);
            let out = redact(&detector, Depth::Plain, &[left, right]);
            assert_eq!(String::from_utf8_lossy(&out), expected, "cut at {cut}");
        }
    }
}

/// The counterexamples that the laws have had.
#[test]
fn texts_that_once_came_out_in_two_ways_come_out_in_one() {
    let detector = detector();
    for text in [
        "id IVATE -BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhk=A\"-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEA\\n\
         -----END RSA PRIVATE KEY-----\u{fe0f}\\n\"",
    ] {
        let whole = redact(&detector, Depth::Plain, &[text.as_bytes()]);
        for cut in 0..=text.len() {
            let (left, right) = text.as_bytes().split_at(cut);
            let out = redact(&detector, Depth::Plain, &[left, right]);
            assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(&whole), "cut at {cut}");
        }
    }
}

#[test]
fn the_seventeenth_in_a_row_that_nobody_sees_is_seen_again_when_it_was_held() {
    // The first term may begin with it, so that it is held; the second is a whole word behind it only.
    let terms = ["😀bird", "bird", "wren"].map(str::to_owned);
    let terms = Terms::new(&[terms.to_vec()]).unwrap();
    let detector = Detector::new([], None, Some(Rc::new(terms))).unwrap();
    // The one that is seen goes with what may begin with it.
    for (term, stay) in [("wren", 17), ("bird", 16)] {
        let text = format!("a{}{term}", "\u{200b}".repeat(17));
        let expected = format!("a{}[TERM]", "\u{200b}".repeat(stay));
        for cut in 0..=text.len() {
            let (left, right) = text.as_bytes().split_at(cut);
            let out = redact(&detector, Depth::Plain, &[left, right]);
            assert_eq!(String::from_utf8_lossy(&out), expected, "cut at {cut}");
        }
    }
}

#[test]
fn a_number_is_held_only_where_it_is_announced_and_while_it_may_be_one() {
    let detector = detector_of(&["us_bank_account"]);
    for (text, held) in [
        ("account number: 1234567", "1234567".len()),
        ("order number: 1234567", 0),
        ("account number: 12345678901234567", 17),
        ("account number: 123456789012345678", 0),
    ] {
        let (mut lane, mut scratch, mut out) = (Lane::new(Depth::Plain), Scratch::default(), Vec::new());
        let mut keep = |_, _: &str, _: &[u8]| Ok::<_, Infallible>(Edit::Keep);
        lane.push(&detector, text.as_bytes(), false, &mut scratch, &mut out, &mut keep).unwrap();
        assert_eq!(lane.held(), held, "{text}");
    }
}

#[test]
fn a_number_is_no_longer_than_its_entity_says_though_another_may_be() {
    let text = b"account number: 123456789012345678";
    assert_eq!(redact(&detector_of(&["us_bank_account", "credit_card"]), Depth::Plain, &[text]), text);
}
