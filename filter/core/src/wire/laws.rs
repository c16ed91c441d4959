//! Law 7: what a format's encoder writes, its decoder reads as the same, up to declared losses; and so does a request
//! that went to another format and back.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Map, Value, json};

use super::ir::{Call, Choice, Given, Input, Media, Outcome, Output, Part, Piece, Request, Role, Source, Tool, Turn};
use super::knob::Knob;
use super::{Format, Losses, Memory, Quirks, Target, decode, encode, repair, request};

fn cases() -> ProptestConfig {
    let cases = if std::env::var_os("CI").is_some() { 10_000 } else { 500 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-zA-Z][a-zA-Z \"\\\\\n{}]{0,10}[a-z]", 1 => "[\u{e9}\u{4e2d}\u{1f600}]{1,3}"]
}

fn part(is: Piece) -> Part {
    Part { at: String::new(), cache: None, is }
}

fn media() -> impl Strategy<Value = Piece> {
    // OpenAI wants a name for a file that has none; pictures have none anywhere.
    let file = |mime: &str, source: Source| {
        let name = (mime != "image/png").then(|| given("a file".to_owned()));
        Piece::Media(Media { mime: mime.to_owned(), source, name, detail: None })
    };
    prop_oneof![
        Just(file("image/png", Source::Data("iVBO".to_owned()))),
        Just(file("application/pdf", Source::Data("JVBE".to_owned()))),
    ]
}

fn said() -> impl Strategy<Value = Vec<Part>> {
    let piece = prop_oneof![3 => word().prop_map(Piece::Text), 1 => media()];
    prop::collection::vec(piece.prop_map(part), 1..3)
}

/// An answer with calls, and what the user says to it: outcomes first.
fn exchange() -> impl Strategy<Value = [Turn; 2]> {
    let calls =
        prop::collection::vec((prop::sample::select(vec!["look", "hear"]), word(), word(), any::<bool>()), 0..3);
    (prop::option::of(word()), calls, said()).prop_map(|(text, calls, reply)| {
        let mut parts: Vec<Part> = text.into_iter().map(|text| part(Piece::Text(text))).collect();
        let mut outcomes = Vec::new();
        for (index, (name, argument, result, is_error)) in calls.into_iter().enumerate() {
            let id = format!("call_{name}_{index}");
            let arguments = json!({"a": argument}).to_string();
            let call = Call { id: id.clone(), name: name.to_owned(), arguments, custom: false };
            parts.push(part(Piece::Call(call)));
            let parts = vec![part(Piece::Text(result))];
            outcomes.push(part(Piece::Outcome(Outcome {
                id,
                name: Some(name.to_owned()),
                parts,
                is_error,
                custom: false,
            })));
        }
        if parts.is_empty() {
            parts.push(part(Piece::Text("ok".to_owned())));
        }
        outcomes.extend(reply);
        [Turn { role: Role::Assistant, parts }, Turn { role: Role::User, parts: outcomes }]
    })
}

fn given<T>(is: T) -> Given<T> {
    Given { at: "", is }
}

fn requests() -> impl Strategy<Value = Request> {
    let system = prop::collection::vec(word().prop_map(|text| part(Piece::Text(text))), 0..3);
    let turns = (said(), prop::collection::vec(exchange(), 0..3));
    let choice = prop_oneof![
        Just(None),
        Just(Some(Choice::Auto)),
        Just(Some(Choice::None)),
        Just(Some(Choice::Required)),
        Just(Some(Choice::Tool("look".to_owned()))),
    ];
    let settings =
        (prop::option::of(any::<bool>()), 1u64..5000, prop::option::of("[a-z]{1,4}"), prop::option::of("[a-z]{1,4}"));
    let knobs = prop::sample::subsequence(
        vec![(Knob::Temperature, json!(0.5)), (Knob::TopP, json!(0.9)), (Knob::TopK, json!(7)), (Knob::Seed, json!(3))],
        0..4,
    );
    (system, turns, choice, settings, any::<bool>(), knobs).prop_map(
        |(system, (first, rest), choice, (parallel, max_tokens, stop, user), formed, knobs)| {
            let mut turns = vec![Turn { role: Role::User, parts: first }];
            turns.extend(rest.into_iter().flatten());
            let schema =
                json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false});
            let object = schema.as_object().cloned().unwrap_or_default();
            let tool = |name: &str| Tool {
                at: String::new(),
                name: name.to_owned(),
                description: Some("d".to_owned()),
                input: Input::Schema(object.clone()),
                strict: None,
                cache: None,
            };
            let output = Output::Schema { name: None, description: None, schema: schema.clone(), strict: None };
            Request {
                system,
                turns,
                tools: vec![tool("look"), tool("hear")],
                choice: choice.map(given),
                parallel: parallel.map(given),
                max_tokens: Some(given(max_tokens)),
                stop: stop.map(|text| given(vec![text])),
                user: user.map(given),
                output: formed.then(|| given(output)),
                knobs: knobs.into_iter().map(|(knob, value)| (knob, given(value))).collect(),
                ..Request::default()
            }
        },
    )
}

fn target(format: Format) -> Target<'static> {
    Target { model: "model", stream: None, quirks: Quirks::of(format) }
}

fn written(format: Format, request: Request) -> (Vec<u8>, Losses) {
    let mut losses = Losses::default();
    let body = encode(format, request, &target(format), &mut Memory::default(), &mut losses).unwrap();
    (body, losses)
}

/// What a request means, whatever its format says in other words, or says where silence would do.
fn meaning(request: Request, keeps_errors: bool) -> Request {
    let mut request = request;
    request.turns = repair::merge(repair::pair(request.turns, &mut Losses::default()));
    for part in request.system.iter_mut().chain(request.turns.iter_mut().flat_map(|turn| &mut turn.parts)) {
        placeless(part, keeps_errors);
    }
    for tool in &mut request.tools {
        tool.at.clear();
        tool.strict = None;
    }
    // With no calls at all there are none at once.
    let forbidden = request.choice.as_ref().is_some_and(|choice| choice.is == Choice::None);
    request.parallel = request.parallel.filter(|parallel| !parallel.is && !forbidden).map(|_| given(false));
    request.choice =
        request.choice.map(|choice| given(choice.is)).or(request.parallel.as_ref().map(|_| given(Choice::Auto)));
    request.max_tokens = request.max_tokens.map(|most| given(most.is));
    request.stop = request.stop.map(|stop| given(stop.is));
    request.user = request.user.map(|user| given(user.is));
    request.output = request.output.map(|output| match output.is {
        Output::Schema { mut schema, .. } => {
            // Where there is no other place for the name, it is the schema's title.
            schema.as_object_mut().map(|map| map.shift_remove("title"));
            given(Output::Schema { name: None, description: None, schema, strict: None })
        }
        other => given(other),
    });
    request.knobs.retain(|(knob, _)| *knob != Knob::Store);
    request.knobs.iter_mut().for_each(|(_, value)| value.at = "");
    request.knobs.sort_by_key(|(knob, _)| format!("{knob:?}"));
    Request { stream: false, usage_asked: false, echo: Map::new(), ..request }
}

fn placeless(part: &mut Part, keeps_errors: bool) {
    part.at.clear();
    match &mut part.is {
        Piece::Media(media) => {
            media.name.iter_mut().for_each(|name| name.at = "");
            // What is not said is `auto`.
            media.detail = media.detail.take().filter(|detail| detail.is != "auto");
        }
        Piece::Outcome(outcome) => {
            outcome.is_error &= keeps_errors;
            outcome.parts.iter_mut().for_each(|part| placeless(part, keeps_errors));
        }
        // Spaces in arguments are nobody's.
        Piece::Call(call) => {
            call.arguments =
                serde_json::from_str::<Value>(&call.arguments).map_or(String::new(), |value| value.to_string());
        }
        Piece::Text(_) | Piece::Reasoning(_) => {}
    }
}

/// Whether outcomes say that they failed; elsewhere a word in front of the text does.
fn keeps_errors(format: Format) -> bool {
    matches!(format, Format::Messages | Format::Gemini)
}

fn without_errors(mut request: Request) -> Request {
    for part in request.turns.iter_mut().flat_map(|turn| &mut turn.parts) {
        if let Piece::Outcome(outcome) = &mut part.is {
            outcome.is_error = false;
        }
    }
    request
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_a_format_writes_it_reads_as_the_same(request in requests(), format in prop::sample::select(Format::ALL.to_vec())) {
        let request = if keeps_errors(format) { request } else { without_errors(request) };
        let (body, losses) = written(format, request.clone());
        let read = decode(format, &body, &mut Losses::default()).unwrap();
        let (again, more) = written(format, read.clone());
        prop_assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&body), "{}", format);
        prop_assert!(more.is_empty(), "{}: what was written can be written again: {}", format, more);
        if losses.is_empty() {
            prop_assert_eq!(meaning(read, true), meaning(request, true), "{}", format);
        }
    }

    #[test]
    fn a_request_that_goes_to_another_format_and_back_means_the_same(
        given in requests(), from in prop::sample::select(Format::ALL.to_vec()), to in prop::sample::select(Format::ALL.to_vec())
    ) {
        let keeps = keeps_errors(from) && keeps_errors(to);
        let given = if keeps { given } else { without_errors(given) };
        let (body, losses) = written(from, given.clone());
        let there = request(from, to, &body, &target(to)).unwrap();
        let back = request(to, from, &there.body, &target(from)).unwrap();
        let read = decode(from, &back.body, &mut Losses::default()).unwrap();
        if losses.is_empty() && there.losses.is_empty() && back.losses.is_empty() {
            prop_assert_eq!(meaning(read, keeps), meaning(given, keeps), "{} to {}", from, to);
        }
    }
}

#[test]
fn most_generated_requests_lose_nothing_between_chat_and_messages() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut lossless = 0;
    for _ in 0..200 {
        let given = requests().new_tree(&mut runner).unwrap().current();
        let (body, losses) = written(Format::Chat, given);
        let there = request(Format::Chat, Format::Messages, &body, &target(Format::Messages)).unwrap();
        lossless += usize::from(losses.is_empty() && there.losses.is_empty());
    }
    assert!(lossless > 30, "the law says little if all cases lose something: {lossless} of 200");
}
