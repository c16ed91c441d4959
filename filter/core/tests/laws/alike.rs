//! Events that are alike are read only once. That must not show: what an event becomes does not depend on those before it.

use dragoman_core::endpoint::Endpoint;
use dragoman_core::response::Stream;
use proptest::prelude::*;
use proptest::sample::select;

use super::cases;
use super::play::{Answer, Cuts, Gateway, exchange};

/// Events that are alike, and such that nearly are: other words, other numbers, an end, an account, broken lines.
fn event() -> impl Strategy<Value = (usize, String)> {
    let word = prop_oneof![
        4 => "[a-z ]{0,20}",
        1 => r#"(\\"|\\\\|\\n|\\u00e9|\\x|\u{e9}|\u{4e2d}|\u{1f600}|[\t\n\r"\\]|:){1,3}"#,
    ];
    let number = prop_oneof![4 => "[0-9]{1,3}", 1 => "(-1|1\\.5|1e2|null|\"1\"|)"];
    let end = prop_oneof![9 => Just("null"), 1 => Just("\"stop\""), 1 => Just("\"\"")];
    let usage = prop_oneof![9 => Just("null"), 1 => Just(r#"{"prompt_tokens":3,"completion_tokens":4}"#)];
    let line = prop_oneof![9 => Just("\n\n"), 1 => Just("\r\n\r\n"), 1 => Just("\n\u{feff}\n")];
    let model = prop_oneof![9 => Just("served"), 1 => Just("asked"), 1 => Just("other")];
    (0..4usize, word.clone(), word, number, end, usage, line, model).prop_map(
        |(format, word, other, number, end, usage, line, model)| {
            let event = match format {
                0 => format!(
                    r#"data: {{"id":"c","model":"{model}","choices":[{{"index":0,"delta":{{"content":"{word}"}},"finish_reason":{end}}}],"usage":{usage},"obfuscation":"{other}"}}"#
                ),
                1 => format!(
                    "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{number},\"delta\":{{\"type\":\"text_delta\",\"text\":\"{word}\"}}}}"
                ),
                2 => format!(
                    r#"data: {{"type":"response.output_text.delta","sequence_number":{number},"delta":"{word}","response":{{"model":"{model}","usage":{usage}}}}}"#
                ),
                _ => format!(
                    r#"data: {{"modelVersion":"{model}","candidates":[{{"content":{{"parts":[{{"text":"{word}"}}]}},"finishReason":{end}}}]}}"#
                ),
            };
            (format, event + line)
        },
    )
}

fn endpoint(format: usize) -> Endpoint {
    [Endpoint::Chat, Endpoint::Messages, Endpoint::Responses, Endpoint::GenerateContent][format]
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_an_event_becomes_does_not_depend_on_those_before_it(
        events in prop::collection::vec(event(), 1..8),
        format in 0..4usize,
        hide_usage in any::<bool>(),
    ) {
        // Of this format, and whole: what broken lines leave open is closed.
        let events = events.iter().filter(|(own, _)| *own == format).map(|(_, event)| format!("{event}\n\n"));
        let events: Vec<String> = events.collect();
        let new = || Stream::new(endpoint(format), Some("asked"), hide_usage);
        let mut together = new();
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        let (mut content, mut usage, mut served) = (false, None, None);
        for event in &events {
            bytes.extend(together.chunk(event.as_bytes(), false).unwrap_or_else(|| event.clone().into_bytes()));
            let mut alone = new();
            expected.extend(alone.chunk(event.as_bytes(), false).unwrap_or_else(|| event.clone().into_bytes()));
            content |= alone.has_content();
            usage = alone.usage().or(usage);
            served = served.or(alone.served_model());
        }
        prop_assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(&expected));
        prop_assert_eq!(together.has_content(), content);
        prop_assert_eq!(together.usage(), usage);
        prop_assert_eq!(together.served_model(), served);
    }

    #[test]
    fn what_is_redacted_does_not_depend_on_whether_events_are_alike(
        pieces in prop::collection::vec((select(PIECES), 0..2u32, 0..12u32), 0..12),
        action in select(vec!["mask", "pseudonym", "partial"]),
    ) {
        let begin = r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"asked","choices":["#;
        // An event like no other, between all others.
        let between = format!("{begin}]}}\n\n");
        let events: Vec<String> = pieces.iter().map(|(piece, choice, odd)| {
            let end = if *odd == 0 { r#""stop""# } else { "null" };
            let key = if *odd == 1 { "refusal" } else { "content" };
            format!(r#"{begin}{{"index":{choice},"delta":{{"{key}":"{piece}"}},"finish_reason":{end}}}]}}"#) + "\n\n"
        }).collect();
        let gateway = Gateway::redacting("chat", action);
        let told = |stream: String| {
            let request = r#"{"model":"asked","stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;
            let answer = Answer::stream((stream + "data: [DONE]\n\n").as_bytes());
            exchange(&gateway, "/v1/chat/completions", request.as_bytes(), &answer, &Cuts::none()).text().to_owned()
        };
        let interrupted = told(events.iter().map(|event| format!("{between}{event}{between}")).collect());
        prop_assert_eq!(told(events.concat()), interrupted.replace(&between, ""));
    }
}

/// Parts of what is looked for, and of what is not.
const PIECES: &[&str] = &[
    "anna",
    ".schmidt",
    "@",
    "example",
    ".com",
    " ",
    "4111 1111",
    " 1111 1111",
    "Blue",
    "bird",
    "EMP-12",
    "3456",
    "\\n",
    "\\\"",
    "\\u00e9",
    "\u{4e2d}",
    "",
    "and so on, ",
];
