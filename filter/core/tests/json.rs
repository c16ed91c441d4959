//! What the request reader accepts, finds and refuses, and what splicing leaves alone; checked against serde_json.

use dragoman_core::json::{Edit, Flaw, IncludeUsage, Kind, Object, Span, Splice, include_usage, object, quote, text};
use proptest::prelude::*;
use serde_json::Value as Model;

fn read(body: &str) -> Result<Object<'_>, Flaw> {
    object(body.as_bytes(), &[])
}

fn flaw(body: &[u8], known: &[&str]) -> Option<Flaw> {
    object(body, known).err()
}

#[test]
fn members_are_found_by_their_unescaped_keys_with_the_bytes_as_sent() {
    let body = " {\"mod\\u0065l\" : \"gpt\\u002d4\", \"n\":1.50e+3,\"a\":[1, {}],\"o\":{\"x\":null},\"t\":true} \r\n";
    let object = read(body).unwrap();
    let model = object.find("model").unwrap();
    assert_eq!((model.kind(), model.raw()), (Kind::String, "\"gpt\\u002d4\""));
    assert_eq!(model.text().unwrap(), "gpt-4");
    assert_eq!(model.span().of(body.as_bytes()), Some(model.raw().as_bytes()));
    assert_eq!(object.find("n").unwrap().raw(), "1.50e+3");
    assert_eq!(object.find("a").unwrap().raw(), "[1, {}]");
    assert!(object.find("t").unwrap().truth().unwrap());
    assert!(object.find("Model").is_none());
    assert_eq!(object.members().map(|(key, _)| key).collect::<Vec<_>>(), ["model", "n", "a", "o", "t"]);
}

#[test]
fn values_open_to_members_and_elements_with_spans_in_the_same_body() {
    let body = r#"{"messages": [ {"role":"user"} , "x",[ ],2 ], "empty": [], "none": [ ]}"#;
    let object = read(body).unwrap();
    let elements: Vec<_> = object.find("messages").unwrap().elements().unwrap().collect();
    assert_eq!(elements.iter().map(|e| e.raw()).collect::<Vec<_>>(), [r#"{"role":"user"}"#, "\"x\"", "[ ]", "2"]);
    let role = elements[0].object(&["role"]).unwrap().find("role").unwrap();
    assert_eq!(role.span().of(body.as_bytes()), Some(&b"\"user\""[..]));
    assert_eq!(object.find("empty").unwrap().elements().unwrap().count(), 0);
    assert_eq!(object.find("none").unwrap().elements().unwrap().count(), 0);
    let wrong = Flaw::Kind { wanted: Kind::Array, found: Kind::String };
    assert_eq!(elements[1].elements().err(), Some(wrong));
}

#[test]
fn a_body_that_is_not_one_json_object_is_refused() {
    for (body, expected) in [
        (&b""[..], Flaw::Empty),
        (b" \n\t", Flaw::Empty),
        (b"\xef\xbb\xbf{}", Flaw::Bom),
        (b"{\"a\":\"\xff\"}", Flaw::InvalidUtf8 { offset: 6 }),
        (b"{\"a\":\"\xed\xa0\x80\"}", Flaw::InvalidUtf8 { offset: 6 }),
        (b"{} {}", Flaw::TrailingData { offset: 3 }),
        (b"{}\0", Flaw::TrailingData { offset: 2 }),
        (b"{}]", Flaw::TrailingData { offset: 2 }),
        (b"[]", Flaw::Kind { wanted: Kind::Object, found: Kind::Array }),
        (b"null", Flaw::Kind { wanted: Kind::Object, found: Kind::Null }),
        (b"model=gpt", Flaw::Syntax { offset: 0 }),
        (b"{", Flaw::Syntax { offset: 1 }),
        (b"{\"a\":1,}", Flaw::Syntax { offset: 7 }),
        (b"{,}", Flaw::Syntax { offset: 1 }),
        (b"{\"a\" 1}", Flaw::Syntax { offset: 5 }),
        (b"{\"a\":1 \"b\":2}", Flaw::Syntax { offset: 7 }),
        (b"{'a':1}", Flaw::Syntax { offset: 1 }),
        (b"{\"a\":\x0c1}", Flaw::Syntax { offset: 5 }),
        (b"{\"a\":\"\x1f\"}", Flaw::Syntax { offset: 6 }),
        (b"{\"a\":\"a long enough text for a whole chunk\n\"}", Flaw::Syntax { offset: 42 }),
        (b"{\"a\":\"\\x\"}", Flaw::Syntax { offset: 7 }),
        (b"{\"a\":\"\\u12g4\"}", Flaw::Syntax { offset: 7 }),
        (b"{\"a\":01}", Flaw::Syntax { offset: 6 }),
        (b"{\"a\":+1}", Flaw::Syntax { offset: 5 }),
        (b"{\"a\":1.}", Flaw::Syntax { offset: 7 }),
        (b"{\"a\":.5}", Flaw::Syntax { offset: 5 }),
        (b"{\"a\":1e}", Flaw::Syntax { offset: 7 }),
        (b"{\"a\":-}", Flaw::Syntax { offset: 6 }),
        (b"{\"a\":NaN}", Flaw::Syntax { offset: 5 }),
        (b"{\"a\":True}", Flaw::Syntax { offset: 5 }),
        (b"{\"a\":nul}", Flaw::Syntax { offset: 8 }),
        (b"{\"a\":[1,]}", Flaw::Syntax { offset: 8 }),
        (b"{\"a\":[1}]", Flaw::Syntax { offset: 7 }),
        (b"{\"a\":{\"b\":1]}", Flaw::Syntax { offset: 11 }),
        (b"{\"a\":[{1:2}]}", Flaw::Syntax { offset: 7 }),
        (b"{\"a\":/**/1}", Flaw::Syntax { offset: 5 }),
        (b"{\"a\":1", Flaw::Syntax { offset: 6 }),
        (b"{\"a", Flaw::Syntax { offset: 3 }),
    ] {
        assert_eq!(flaw(body, &[]), Some(expected), "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn a_duplicate_key_is_refused_however_it_is_spelt_and_wherever_it_is_looked_at() {
    assert_eq!(flaw(br#"{"a":1,"b":2,"\u0061":3}"#, &[]), Some(Flaw::Duplicate("a".into())));
    let nested = read(r#"{"o":{"k":1,"k":1}}"#).unwrap().find("o").unwrap();
    assert_eq!(nested.object(&[]).err(), Some(Flaw::Duplicate("k".into())));
}

#[test]
fn a_key_that_is_a_known_one_but_for_case_is_refused() {
    let known = ["model", "messages", "k", "stream_options", "i"];
    for key in [
        "MODEL",
        "Model",
        "me\u{17f}\u{17f}ages",
        "meßages",
        "\u{212a}",
        "\\u212A",
        "\u{130}",
        "\u{131}",
        "ﬆream_options",
    ] {
        let body = format!("{{\"{key}\":1}}");
        assert!(matches!(flaw(body.as_bytes(), &known), Some(Flaw::Ambiguous { .. })), "{key}");
    }
    for key in ["mode", "models", "modèl", "ᴍodel", "metadata", "k\u{212a}"] {
        assert_eq!(flaw(format!("{{\"{key}\":1}}").as_bytes(), &known), None, "{key}");
    }
}

#[test]
fn deep_nesting_is_refused_without_recursion() {
    for unit in ["[", "{\"a\":", "[{\"a\":"] {
        let body = format!("{{\"a\":{}", unit.repeat(10_000_000 / unit.len()));
        assert_eq!(flaw(body.as_bytes(), &[]), Some(Flaw::TooDeep));
    }
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(flaw(nested(512).as_bytes(), &[]), None);
    assert_eq!(flaw(nested(513).as_bytes(), &[]), Some(Flaw::TooDeep));
    // The brackets' kinds are told apart at every depth.
    let mixed = format!("{{\"a\":{}1{}}}", "[{\"k\":".repeat(200), "}]".repeat(200));
    assert_eq!(flaw(mixed.as_bytes(), &[]), None);
    assert!(matches!(flaw(mixed.replace("}]}", "]}}").as_bytes(), &[]), Some(Flaw::Syntax { .. })));
}

#[test]
fn a_crowd_of_members_is_refused() {
    let body =
        |members: usize| format!("{{{}}}", (0..members).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(","));
    assert_eq!(flaw(body(16_384).as_bytes(), &["model"]), None);
    assert_eq!(flaw(body(16_385).as_bytes(), &["model"]), Some(Flaw::TooManyMembers));
}

#[test]
fn half_a_surrogate_pair_passes_untouched_but_has_no_text() {
    let object = read(r#"{"a":"\ud800","b":"\ud83d\ude00"}"#).unwrap();
    assert_eq!(object.find("a").unwrap().text(), Err(Flaw::LoneSurrogate));
    assert_eq!(object.find("b").unwrap().text().unwrap(), "😀");
    assert_eq!(flaw(br#"{"\udc00":1}"#, &[]), Some(Flaw::LoneSurrogate));
}

#[test]
fn literals_become_text_and_text_becomes_literals() {
    assert_eq!(text(r#""a\"\\\/\b\f\n\r\t\u00e9""#).unwrap(), "a\"\\/\u{8}\u{c}\n\r\té");
    assert_eq!(quote("a\"\\\n\u{1}é"), r#""a\"\\\n\u0001é""#);
    assert_eq!(text("1"), Err(Flaw::Kind { wanted: Kind::String, found: Kind::Number }));
    assert!(matches!(text("\"a"), Err(Flaw::Syntax { .. })));
    assert!(text("\"a\"b\"").is_err() && text("\"a\nb\"").is_err() && text("").is_err() && text("\"").is_err());
}

#[test]
fn a_flaw_names_a_key_but_quotes_nothing_else() {
    let secret = "sk-secret";
    for body in [
        format!("{{\"a\":\"{secret}\" \"b\"}}"),
        secret.to_owned(),
        format!("{{\"model\":\"{secret}\",\"model\":\"{secret}\"}}"),
        format!("{{\"MODEL\":\"{secret}\"}}"),
        format!("[\"{secret}\"]"),
    ] {
        let flaw = flaw(body.as_bytes(), &["model"]).unwrap();
        assert!(!format!("{flaw} {flaw:?}").contains(secret), "{flaw}");
    }
    let long = flaw(format!("{{\"{0}\":1,\"{0}\":1}}", "é".repeat(1000)).as_bytes(), &[]).unwrap();
    assert!(long.to_string().chars().count() < 200, "{long}");
}

#[test]
fn keys_tell_what_a_body_may_hold_however_deep_they_stand() {
    for (body, names_file, holds_seal) in [
        (r#"{"model":"id","messages":[{"role":"user","content":"file_id"}]}"#, false, false),
        (r#"{"messages":[{"content":[{"file":{"file_id":"f"}}]}]}"#, true, false),
        (r#"{"messages":[{"tool_calls":[{"id":"call_1"}]}]}"#, false, true),
        (r#"{"messages":[{"tool_call_id":"call_1"}]}"#, false, true),
        (r#"{"input":[{"encrypted_content":"x"}]}"#, false, true),
        (r#"{"input":[{"encrypted\u005fcontent":"x"}]}"#, true, true),
    ] {
        let object = read(body).unwrap();
        assert_eq!((object.may_name_file(), object.may_hold_seal()), (names_file, holds_seal), "{body}");
    }
}

#[test]
fn splicing_changes_the_edited_spans_and_nothing_else() {
    let body = br#"{ "model" : "gpt-4", "n":1.0 }"#;
    let model = object(body, &[]).unwrap().find("model").unwrap().span();
    let mut splice = Splice::new();
    splice.push(Edit { span: Span::before(model.end), text: ",\"x\":1".into() });
    splice.replace(model, quote("claude"));
    splice.push(Edit { span: Span::before(model.end), text: ",\"y\":2".into() });
    let edited = splice.apply(body).unwrap();
    assert_eq!(String::from_utf8(edited.clone()).unwrap(), r#"{ "model" : "claude","x":1,"y":2, "n":1.0 }"#);
    assert_eq!(splice.grown_by(), isize::try_from(edited.len() - body.len()).unwrap());
    assert_eq!(splice.reach(), model.end);
    let (beginning, rest) = body.split_at(splice.reach());
    assert_eq!([splice.apply(beginning).unwrap().as_slice(), rest].concat(), edited);
    assert_eq!(Splice::new().apply(body).unwrap(), body);
}

#[test]
fn edits_that_do_not_fit_the_body_are_not_applied() {
    let splice = |spans: &[(usize, usize)]| -> Splice {
        spans.iter().map(|&(start, end)| Edit { span: Span { start, end }, text: String::new() }).collect()
    };
    assert_eq!(splice(&[(1, 3), (2, 4)]).apply(b"12345"), None);
    assert_eq!(splice(&[(1, 6)]).apply(b"12345"), None);
    assert_eq!(splice(&[(3, 1)]).apply(b"12345"), None);
}

#[test]
fn a_span_is_found_again_in_the_edited_body() {
    let body = br#"{"a":null,"model":"m","n":1,"z":"last"}"#;
    let object = object(body, &[]).unwrap();
    let span = |key| object.find(key).unwrap().span();
    let mut splice = Splice::new();
    splice.replace(span("a"), "12345678");
    splice.replace(span("model"), r#""longer""#);
    splice.push(Edit { span: Span::before(span("model").end), text: ",\"x\":1".into() });
    splice.replace(span("n"), "");
    let edited = splice.apply(body).unwrap();
    for (key, text) in [("a", "12345678"), ("model", r#""longer""#), ("n", ""), ("z", r#""last""#)] {
        let found = splice.moved(span(key)).of(&edited).unwrap();
        assert_eq!(std::str::from_utf8(found).unwrap(), text, "{key}");
    }
    let added = splice.moved(Span::before(span("model").end)).of(&edited).unwrap();
    assert_eq!(std::str::from_utf8(added).unwrap(), ",\"x\":1");
}

#[test]
fn include_usage_is_switched_on_whatever_was_there() {
    for (body, edited, asked) in [
        (r#"{"model":"m","n":1}"#, r#"{"model":"m","stream_options":{"include_usage":true},"n":1}"#, false),
        (r#"{"n":1}"#, r#"{"stream_options":{"include_usage":true},"n":1}"#, false),
        (r#" {}"#, r#" {"stream_options":{"include_usage":true}}"#, false),
        (r#"{"stream_options":null}"#, r#"{"stream_options":{"include_usage":true}}"#, false),
        (r#"{"stream_options":{}}"#, r#"{"stream_options":{"include_usage":true}}"#, false),
        (r#"{"stream_options":{"x":1}}"#, r#"{"stream_options":{"include_usage":true,"x":1}}"#, false),
        (r#"{"stream_options":{"include_usage": false}}"#, r#"{"stream_options":{"include_usage": true}}"#, false),
        (r#"{"stream_options":{"include_usage":null}}"#, r#"{"stream_options":{"include_usage":true}}"#, false),
        (r#"{"stream_options":{"include_usage":true}}"#, r#"{"stream_options":{"include_usage":true}}"#, true),
        (r#"{"stream_options":{"include_usage":"yes"}}"#, r#"{"stream_options":{"include_usage":"yes"}}"#, false),
        (r#"{"stream_options":7}"#, r#"{"stream_options":7}"#, false),
    ] {
        let usage = include_usage(&read(body).unwrap()).unwrap();
        let splice: Splice = usage.edit.into_iter().collect();
        assert_eq!(String::from_utf8(splice.apply(body.as_bytes()).unwrap()).unwrap(), edited);
        assert_eq!(usage.asked, asked, "{body}");
    }
}

#[test]
fn ambiguous_stream_options_are_refused() {
    let check = |body| include_usage(&read(body).unwrap());
    assert_eq!(
        check(r#"{"stream_options":{"include_usage":true,"include_usage":false}}"#),
        Err(Flaw::Duplicate("include_usage".into()))
    );
    assert!(matches!(check(r#"{"stream_options":{"Include_Usage":true}}"#), Err(Flaw::Ambiguous { .. })));
    assert_eq!(check(r#"{"stream_options":[]}"#), Ok(IncludeUsage { asked: false, edit: None }));
}

/// JSON texts with odd spacing, escapes and numbers, as text and as serde_json sees them.
fn some_json() -> impl Strategy<Value = String> {
    let space = "[ \n\t\r]{0,2}";
    let string = "\"([a-z]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-9a-fA-F]{2}|[é😀]){0,20}\"";
    let leaf = prop_oneof![
        3 => string,
        1 => "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-2])?",
        1 => "true|false|null",
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        let spaced = (space, inner, space).prop_map(|(before, value, after)| format!("{before}{value}{after}"));
        let member = (0..1000u32, spaced.clone()).prop_map(|(key, value)| format!("\"k{key}\" :{value}"));
        prop_oneof![
            prop::collection::vec(spaced, 0..5).prop_map(|values| format!("[{}]", values.join(","))),
            prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

/// A valid text with a few bytes changed, removed or doubled: mostly not JSON, but nearly.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), 0..3u8, prop::sample::select(&b"\"\\{}[],:0-.eutn \n\x01a\xc3"[..]));
    (some_json(), prop::collection::vec(change, 0..3)).prop_map(|(text, changes)| {
        let mut bytes = text.into_bytes();
        for (at, how, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    _ => drop(bytes.remove(at)),
                }
            }
        }
        bytes
    })
}

fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(if std::env::var_os("CI").is_some() { 10_000 } else { 500 })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_is_accepted_is_what_serde_json_accepts(value in nearly_json()) {
        let body = [b"{\"value\":", &value[..], b"}"].concat();
        // serde_json keeps the last duplicate.
        let model = serde_json::from_slice::<serde_json::Map<String, Model>>(&body);
        match object(&body, &[]) {
            Ok(own) => {
                // While it decodes, serde_json refuses what is JSON all the same: a number too large for an f64.
                let Ok(model) = model else {
                    prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok());
                    return Ok(());
                };
                for (key, value) in own.members() {
                    prop_assert_eq!(&serde_json::from_str::<Model>(value.raw()).unwrap(), &model[key]);
                    if let Ok(elements) = value.elements() {
                        let elements: Vec<Model> = elements.map(|e| serde_json::from_str(e.raw()).unwrap()).collect();
                        prop_assert_eq!(&Model::Array(elements), &model[key]);
                    }
                    if let Ok(text) = value.text() {
                        prop_assert_eq!(&Model::from(text), &model[key]);
                    }
                }
                prop_assert_eq!(own.members().count(), model.len());
            }
            Err(Flaw::Duplicate(_)) => {}
            Err(flaw) => prop_assert!(model.is_err(), "{} refused: {flaw}", String::from_utf8_lossy(&body)),
        }
    }

    #[test]
    fn no_bytes_break_the_reader(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = object(&body, &["model"]);
    }

    #[test]
    fn splicing_a_value_changes_that_value_only(before in some_json(), after in some_json(), model in "\\PC{0,12}") {
        let body = format!("{{\"before\":{before},\"model\":\"x\",\"after\":{after}}}");
        let value = read(&body).unwrap().find("model").unwrap();
        let mut splice = Splice::new();
        splice.replace(value.span(), quote(&model));
        let edited = splice.apply(body.as_bytes()).unwrap();
        prop_assert_eq!(
            String::from_utf8(edited.clone()).unwrap(),
            format!("{{\"before\":{before},\"model\":{},\"after\":{after}}}", quote(&model))
        );
        prop_assert_eq!(object(&edited, &[]).unwrap().find("model").unwrap().text().unwrap(), model);
    }

    #[test]
    fn quoting_and_reading_back_gives_the_text(value in any::<String>()) {
        let literal = quote(&value);
        prop_assert_eq!(text(&literal).unwrap(), value);
    }
}
