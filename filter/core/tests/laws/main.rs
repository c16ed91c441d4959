//! The laws of `design.md`, as properties of whole exchanges. The host is played by `play`, as Envoy would behave.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may")]

mod alike;
mod play;
mod redacted;
mod told;

use proptest::prelude::*;

use play::{Answer, Cuts, Gateway, exchange};

/// More where time is no matter.
fn cases() -> ProptestConfig {
    let cases = if std::env::var_os("CI").is_some() { 10_000 } else { 500 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A stream of chat events, as providers write them: comments, pings, odd spacing, usage where it may be.
fn chat_stream() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof!["[a-zA-Z ,.\\\\\"\n]{0,12}", "[\u{e9}\u{4e2d}\u{1f600}]{1,3}"];
    let model = prop_oneof![Just("served"), Just("asked"), Just("served-2024\" x")];
    let delta = (text, model.clone(), any::<bool>()).prop_map(|(text, model, spaced)| {
        let event = serde_json::json!({"id": "c1", "object": "chat.completion.chunk", "model": model,
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]});
        let body =
            if spaced { serde_json::to_string_pretty(&event).unwrap().replace('\n', " ") } else { event.to_string() };
        format!("data: {body}\n\n")
    });
    let odd = prop_oneof![
        Just(": keep-alive\n\n".to_owned()),
        Just("event: ping\ndata: {}\n\n".to_owned()),
        Just("\n".to_owned()),
        Just("data:{\"model\":\"served\",\ndata: \"choices\":[]}\n\n".to_owned()),
        Just("data: not json\r\n\r\n".to_owned()),
    ];
    let events = prop::collection::vec(prop_oneof![4 => delta, 1 => odd], 0..8);
    let end = prop_oneof![
        Just("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"),
        Just(
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
             data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n"
        ),
        Just("data: [DONE]\r\n\r\n"),
        Just("data: {\"choi"),
        Just(""),
    ];
    (events, end).prop_map(|(events, end)| [events.concat(), end.to_owned()].concat().into_bytes())
}

proptest! {
    #![proptest_config(cases())]

    /// Law 1: the client's bytes do not depend on how the upstream's bytes were cut.
    #[test]
    fn split_invariance_of_streams(stream in chat_stream(), cuts in any::<Cuts>(), usage in any::<bool>()) {
        let gateway = Gateway::rewriting();
        let request = format!(
            r#"{{"model":"asked","stream":true,"stream_options":{{"include_usage":{usage}}},"messages":[]}}"#
        );
        let at_once = exchange(&gateway, "/v1/chat/completions", request.as_bytes(), &Answer::stream(&stream), &Cuts::none());
        let in_pieces = exchange(&gateway, "/v1/chat/completions", request.as_bytes(), &Answer::stream(&stream), &cuts);
        prop_assert_eq!(at_once.text(), in_pieces.text());
        prop_assert_eq!(at_once.receipt.usage, in_pieces.receipt.usage);
        prop_assert_eq!(at_once.receipt.error, in_pieces.receipt.error);
        // A target's own name for the model is not shown.
        prop_assert!(!at_once.text().contains("\"model\":\"served"), "{}", at_once.text());
    }

    /// Law 1, for streams in another format than the client's.
    #[test]
    fn split_invariance_of_translated_streams(stream in chat_stream(), cuts in any::<Cuts>(), responses in any::<bool>()) {
        let gateway = Gateway::speaking_chat();
        let (path, request) = if responses {
            ("/v1/responses", r#"{"model":"asked","stream":true,"input":"x"}"#)
        } else {
            ("/v1/messages", r#"{"model":"asked","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"x"}]}"#)
        };
        let at_once = exchange(&gateway, path, request.as_bytes(), &Answer::stream(&stream), &Cuts::none());
        let in_pieces = exchange(&gateway, path, request.as_bytes(), &Answer::stream(&stream), &cuts);
        prop_assert_eq!(at_once.text(), in_pieces.text());
        prop_assert_eq!(at_once.receipt.usage, in_pieces.receipt.usage);
        prop_assert_eq!(at_once.receipt.error, in_pieces.receipt.error);
        // It ends as a success or as an error, and never as both or neither.
        let (last, error) =
            if responses { ("response.completed", "response.failed") } else { ("message_stop", "event: error") };
        prop_assert_eq!(at_once.text().contains(last), at_once.receipt.error.is_none(), "{}", at_once.text());
        prop_assert_eq!(at_once.text().contains(error), at_once.receipt.error.is_some(), "{}", at_once.text());
    }

    /// Law 1, for answers that are one JSON text, or are not.
    #[test]
    fn split_invariance_of_whole_answers(body in whole(), cuts in any::<Cuts>()) {
        let gateway = Gateway::rewriting();
        let request = br#"{"model":"asked","messages":[]}"#;
        let at_once = exchange(&gateway, "/v1/chat/completions", request, &Answer::json(&body), &Cuts::none());
        let in_pieces = exchange(&gateway, "/v1/chat/completions", request, &Answer::json(&body), &cuts);
        prop_assert_eq!(at_once.text(), in_pieces.text());
        prop_assert_eq!(at_once.receipt.usage, in_pieces.receipt.usage);
    }

    /// Law 2: where nothing is to be rewritten, the bytes are the same, in both directions.
    #[test]
    fn identity(stream in chat_stream(), spaces in "[ \t\r\n]{0,5}", number in "-?[1-9][0-9]{0,30}(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", cuts in any::<Cuts>()) {
        let gateway = Gateway::plain();
        let mut stream = stream;
        // A stream that breaks off is the one case in which a byte is added.
        stream.extend_from_slice(b"\n\ndata: [DONE]\n\n");
        let request = format!(r#"{spaces}{{"x":{number},"messages":[] ,"model" :"asked","stream":true}}{spaces}"#);
        let played = exchange(&gateway, "/v1/chat/completions", request.as_bytes(), &Answer::stream(&stream), &cuts);
        prop_assert_eq!(String::from_utf8_lossy(&played.upstream[0].body), request);
        prop_assert_eq!(played.text(), String::from_utf8_lossy(&stream));
    }

    /// Splicing changes the model and nothing else, whatever else is in the body.
    #[test]
    fn only_the_model_is_rewritten(members in prop::collection::vec(("[a-z\u{e9}\"\\\\]{1,6}", json()), 0..6), at in 0usize..6) {
        let gateway = Gateway::rewriting();
        let mut members: Vec<String> = members.into_iter().enumerate()
            .map(|(index, (key, value))| format!("{}: {value}", serde_json::json!(format!("{index}{key}")))).collect();
        members.insert(at.min(members.len()), r#" "model" : "as\u006bed" "#.to_owned());
        let request = format!("{{{}}}", members.join(" ,"));
        let played = exchange(&gateway, "/v1/chat/completions", request.as_bytes(), &Answer::json(b"{}"), &Cuts::none());
        let expected = request.replace(r#""as\u006bed""#, r#""served""#);
        prop_assert_eq!(&*String::from_utf8_lossy(&played.upstream[0].body), expected.as_str());
        let length = expected.len().to_string();
        prop_assert_eq!(played.upstream[0].header("content-length"), Some(length.as_str()));
    }

    /// Law 5: a stream that breaks off never ends as if it were complete.
    #[test]
    fn a_broken_stream_ends_as_an_error(stream in chat_stream(), cuts in any::<Cuts>()) {
        let gateway = Gateway::rewriting();
        let request = br#"{"model":"asked","stream":true,"messages":[]}"#;
        let played = exchange(&gateway, "/v1/chat/completions", request, &Answer::stream(&stream), &cuts);
        let complete = stream.windows(6).any(|w| w == b"[DONE]") || stream.windows(6).any(|w| w == b"\"stop\"");
        prop_assert_eq!(played.receipt.error == Some("stream_truncated"), !complete);
        prop_assert_eq!(played.text().contains("stream_truncated"), !complete);
    }

    /// Law 8: nothing that comes in makes it panic, and a body is either sent on or answered with an error.
    #[test]
    fn totality(
        path in prop_oneof![
            Just("/v1/chat/completions".to_owned()), Just("/v1/messages".to_owned()), Just("/v1/audio/transcriptions".to_owned()),
            Just("/v1beta/models/asked:generateContent".to_owned()), "/.{0,20}",
        ],
        body in prop_oneof![prop::collection::vec(any::<u8>(), 0..200), json().prop_map(|text| text.into_bytes())],
        answer in prop::collection::vec(any::<u8>(), 0..300),
        kind in prop_oneof![Just("text/event-stream"), Just("application/json"), Just("audio/mpeg"), Just("")],
        status in prop_oneof![Just(200u16), 100u16..700],
        cuts in any::<Cuts>(),
    ) {
        let gateway = Gateway::failing_over();
        let answer = Answer { status, content_type: kind, body: answer };
        let played = exchange(&gateway, &path, &body, &answer, &cuts);
        prop_assert!(played.status >= 100);
        if played.upstream.is_empty() {
            prop_assert!(played.status == 200 || played.status >= 400);
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&played.body).is_ok());
        }
    }
}

fn whole() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        json().prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..80),
        ("[a-z\"\\\\\u{e9}]{0,12}", json(), 0u64..1000).prop_map(|(model, other, tokens)| {
            let model = serde_json::json!(model);
            format!(
                r#"{{"choices":[{other}],"model":{model},"usage":{{"prompt_tokens":{tokens},"completion_tokens":1}}}}"#
            )
            .into_bytes()
        }),
    ]
}

/// Any JSON text.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,9})?",
        any::<String>().prop_map(|text| serde_json::json!(text).to_string()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|all| format!("[ {} ]", all.join(" , "))),
            prop::collection::vec(inner, 0..4).prop_map(|all| {
                let members: Vec<String> =
                    all.iter().enumerate().map(|(n, value)| format!("\"k{n}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}
