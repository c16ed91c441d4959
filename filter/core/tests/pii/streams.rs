//! Laws 1, 4 and 5 of `design.md` for answers under a policy: what a stream says in pieces comes out as it would at once,
//! in as many events; what cannot be read does not come out.

use std::rc::Rc;

use dragoman_core::endpoint::{Dialect, Endpoint};
use dragoman_core::pii::entity::ALL;
use dragoman_core::pii::keyed::Keyed;
use dragoman_core::pii::policy::{Binary, Reasoning, Wanted};
use dragoman_core::pii::{Action, Depth, Direction, Lane, Policy, Redactor};
use dragoman_core::response::Given;
use dragoman_core::response::redact::{Stream, Whole};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::cases;
use crate::salted::{cuts, hit, pieces, text, written};

const LONGEST: usize = 1 << 20;

/// A policy that masks everything, at work in an answer.
fn redactor() -> Redactor {
    thread_local!(static POLICY: Rc<Policy> = Rc::new(policy()));
    POLICY.with(|policy| Redactor::new(Rc::clone(policy), Direction::Response, "", Rc::default()))
}

fn policy() -> Policy {
    policy_of(Action::Mask)
}

fn policy_of(action: Action) -> Policy {
    let rules = || {
        let entities = vec![action; ALL.len()];
        let none = (&[][..], None);
        Wanted {
            entities: &entities,
            patterns: none,
            terms: (&[], None),
            allow: &[],
            restores: action == Action::Pseudonym,
        }
        .ready()
        .unwrap()
    };
    let (request, response) = (rules(), rules());
    let (reasoning, binary) = (Reasoning::Redact, Binary::Refuse);
    let keyed = Keyed::new("0123456789abcdef0123456789abcdef");
    Policy { name: "all".to_owned(), request, response, reasoning, binary, audit: true, keyed }
}

#[test]
fn what_is_replaced_before_its_end_is_known_is_neither_named_nor_hashed() {
    let text = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN and anna@example.com";
    for (action, expected) in [(Action::Pseudonym, "[JWT] and PII_EMAIL_"), (Action::Hash, "[JWT] and [EMAIL:")] {
        let mut redactor = Redactor::new(Rc::new(policy_of(action)), Direction::Request, "", Rc::default());
        let mut out = Vec::new();
        redactor.push(&mut Lane::new(Depth::Plain), text.as_bytes(), true, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.starts_with(expected), "{out}");
        let counted: Vec<_> =
            redactor.tally().counts.keys().map(|(_, label, action)| (label.as_str(), *action)).collect();
        assert_eq!(counted, [("EMAIL", action), ("JWT", Action::Mask)]);
        assert_eq!(redactor.tally().hashes.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>(), ["EMAIL"]);
    }
}

#[test]
fn only_what_a_request_held_is_put_back_and_only_in_its_answer() {
    let policy = Rc::new(policy_of(Action::Pseudonym));
    let pseudonyms = Rc::default();
    let redactor = |direction| Redactor::new(Rc::clone(&policy), direction, "", Rc::clone(&pseudonyms));
    let say = |redactor: &mut Redactor, text: &str| {
        let mut out = Vec::new();
        redactor.push(&mut Lane::new(Depth::Plain), text.as_bytes(), true, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let (mut request, mut answer) = (redactor(Direction::Request), redactor(Direction::Response));
    let asked = say(&mut request, "anna@example.com");
    assert_eq!(say(&mut request, &asked), asked);
    assert_eq!(say(&mut answer, &asked), "anna@example.com");
    let told = say(&mut answer, "eve@example.com");
    assert_ne!(told, "eve@example.com");
    assert_eq!(say(&mut answer, &told), told);
}

/// What a text comes to in one piece, written at this depth, and read.
fn redacted(text: &str, depth: Depth) -> String {
    let mut out = Vec::new();
    redactor().push(&mut Lane::new(depth), text.as_bytes(), true, &mut out).unwrap();
    read(&String::from_utf8(out).unwrap())
}

/// What stands between the quotes of a JSON string.
fn read(inside: &str) -> String {
    serde_json::from_str(&format!("\"{inside}\"")).unwrap()
}

/// A stream of one text, and how a format tells it.
#[derive(Clone, Copy, Debug)]
struct Format {
    endpoint: Endpoint,
    /// Whether the text is a tool's arguments.
    arguments: bool,
}

const MARK: &str = "<the text>";

impl Format {
    fn any() -> impl Strategy<Value = Format> {
        use Endpoint::{Chat, GenerateContent, Messages, Responses};
        let all = [Chat, Messages, Responses, GenerateContent].map(|endpoint| Format { endpoint, arguments: false });
        let tools = [Chat, Messages, Responses].map(|endpoint| Format { endpoint, arguments: true });
        select([all.as_slice(), &tools].concat())
    }

    /// An event that says more of the text.
    fn delta(self, number: usize) -> Value {
        match (self.endpoint, self.arguments) {
            (Endpoint::Chat, false) => json!({"id": "c", "object": "chat.completion.chunk", "model": "m",
                "choices": [{"index": 0, "delta": {"content": MARK}, "finish_reason": null}]}),
            (Endpoint::Chat, true) => json!({"id": "c", "choices": [{"index": 0, "finish_reason": null,
                "delta": {"tool_calls": [{"index": 0, "function": {"arguments": MARK}}]}}]}),
            (Endpoint::Messages, false) => json!({"type": "content_block_delta", "index": 0,
                "delta": {"type": "text_delta", "text": MARK}}),
            (Endpoint::Messages, true) => json!({"type": "content_block_delta", "index": 0,
                "delta": {"type": "input_json_delta", "partial_json": MARK}}),
            (Endpoint::Responses, false) => json!({"type": "response.output_text.delta", "item_id": "i",
                "output_index": 0, "content_index": 0, "sequence_number": number, "delta": MARK}),
            (Endpoint::Responses, true) => json!({"type": "response.function_call_arguments.delta", "item_id": "i",
                "output_index": 0, "sequence_number": number, "delta": MARK}),
            _ => json!({"candidates": [{"index": 0, "content": {"role": "model", "parts": [{"text": MARK}]}}]}),
        }
    }

    /// The events behind the last of them.
    fn end(self, number: usize) -> Vec<Value> {
        match (self.endpoint, self.arguments) {
            (Endpoint::Chat, _) => vec![json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})],
            (Endpoint::Messages, _) => {
                vec![json!({"type": "content_block_stop", "index": 0}), json!({"type": "message_stop"})]
            }
            (Endpoint::Responses, false) => vec![json!({"type": "response.output_text.done", "item_id": "i",
                "output_index": 0, "content_index": 0, "sequence_number": number, "text": MARK})],
            (Endpoint::Responses, true) => {
                vec![json!({"type": "response.function_call_arguments.done", "item_id": "i",
                "output_index": 0, "sequence_number": number, "arguments": MARK})]
            }
            _ => vec![json!({"candidates": [{"index": 0, "finishReason": "STOP"}]})],
        }
    }

    /// The stream, and how many events it has.
    fn stream(self, deltas: &[String]) -> (String, usize) {
        let more = deltas.iter().enumerate().map(|(number, text)| (self.delta(number), text.clone()));
        let end = self.end(deltas.len()).into_iter().map(|event| (event, deltas.concat()));
        let events: Vec<String> = more
            .chain(end)
            .map(|(event, text)| format!("data: {}\n\n", event.to_string().replace(MARK, &text)))
            .collect();
        (events.concat(), events.len())
    }

    /// What of the text an event says.
    fn said(self, event: &Value) -> Option<&str> {
        let place = match (self.endpoint, self.arguments) {
            (Endpoint::Chat, false) => "/choices/0/delta/content",
            (Endpoint::Chat, true) => "/choices/0/delta/tool_calls/0/function/arguments",
            (Endpoint::Messages, false) => "/delta/text",
            (Endpoint::Messages, true) => "/delta/partial_json",
            (Endpoint::Responses, _) => "/delta",
            _ => "/candidates/0/content/parts/0/text",
        };
        event.pointer(place)?.as_str()
    }
}

fn through(endpoint: Endpoint, chunks: &[&[u8]]) -> Vec<u8> {
    let (mut stream, mut out) = (Stream::new(redactor(), endpoint, false, LONGEST), Vec::new());
    for chunk in chunks {
        stream.push(chunk, false, &mut out);
    }
    stream.push(&[], true, &mut out);
    out
}

/// Some pieces of what is in one.
fn joined(characters: &[String], cuts: &[Index]) -> Vec<String> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(characters.len() + 1)).collect();
    at.extend([0, characters.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| characters[pair[0]..pair[1]].concat()).collect()
}

proptest! {
    #![proptest_config(cases(8_000))]

    /// Law 1, and one event for each.
    #[test]
    fn what_is_said_in_pieces_comes_out_as_it_would_at_once(
        text in text(), format in Format::any(), seed in any::<u64>(), deltas in cuts(), chunks in cuts(),
    ) {
        let text = if format.arguments { json!({"k": text, "ssn": 1}).to_string() } else { text };
        let depth = if format.arguments { Depth::JsonInJson } else { Depth::Json };
        let (_, characters) = written(&text, Depth::Json, seed);
        let (stream, events) = format.stream(&joined(&characters, &deltas));
        let client = through(format.endpoint, &[stream.as_bytes()]);
        let in_chunks = through(format.endpoint, &pieces(stream.as_bytes(), &chunks));
        let client = String::from_utf8(client).unwrap();
        prop_assert_eq!(String::from_utf8(in_chunks).unwrap(), client.as_str());
        let told: Vec<Value> = client.split_terminator("\n\n")
            .map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap()).collect();
        prop_assert!(told.len() == events || told.len() == events + 1, "{client}");
        let said: String = told.iter().filter_map(|event| format.said(event)).collect();
        prop_assert_eq!(&said, &redacted(&characters.concat(), depth), "{}", client);
        if format.arguments {
            prop_assert!(serde_json::from_str::<Value>(&said).is_ok(), "{said}");
        }
        for place in ["/text", "/arguments"] {
            if let Some(whole) = told.iter().find_map(|event| event.pointer(place)) {
                prop_assert_eq!(whole.as_str(), Some(said.as_str()));
            }
        }
    }
}

#[test]
fn a_tool_s_argument_that_gemini_tells_in_pieces_is_refused() {
    let event = |piece: Value| json!({"candidates": [{"content": {"parts": [{"functionCall": {"name": "mail", "partialArgs": [piece]}}]}}]});
    let [first, whole] = [
        event(json!({"jsonPath": "$.to", "stringValue": "anna@exa", "willContinue": true})),
        event(json!({"jsonPath": "$.to", "stringValue": "anna@example.com"})),
    ];
    let told = |event: &Value| {
        String::from_utf8(through(Endpoint::GenerateContent, &[format!("data: {event}\n\n").as_bytes()])).unwrap()
    };
    assert!(told(&first).contains("cannot be read") && !told(&first).contains("anna"), "{}", told(&first));
    assert_eq!(told(&whole), format!("data: {whole}\n\n").replace("anna@example.com", "[EMAIL]"));
}

proptest! {
    #![proptest_config(cases(4_000))]

    /// Law 4.
    #[test]
    fn what_cannot_be_read_does_not_come_out(
        before in junk(), after in junk(), is_stream in any::<bool>(), endpoint in select(vec![Endpoint::Chat, Endpoint::Responses]), cuts in cuts(),
    ) {
        let secret = b"anna.schmidt@example.com";
        let answer = [before.as_slice(), b" ", secret, b" ", &after].concat();
        let chunks = pieces(&answer, &cuts);
        let client = if is_stream { through(endpoint, &chunks) } else { whole(&chunks) };
        let leaks = client.windows(secret.len()).any(|window| window == secret);
        prop_assert!(!leaks, "{}", String::from_utf8_lossy(&client));
    }
}

fn whole(chunks: &[&[u8]]) -> Vec<u8> {
    let mut whole = Whole::json(redactor(), Dialect::OpenAi, LONGEST);
    let mut client = Vec::new();
    for (index, chunk) in chunks.iter().enumerate() {
        match whole.chunk(chunk, index + 1 == chunks.len()) {
            Given::Instead { body, .. } => client.extend(body),
            Given::Same => client.extend_from_slice(chunk),
            Given::Waits => {}
        }
    }
    client
}

/// Not quite an answer.
fn junk() -> impl Strategy<Value = Vec<u8>> {
    const PARTS: &[&str] = &[
        "data: ",
        "data:",
        "\n",
        "\n\n",
        "\r\n",
        ": ",
        "event: ",
        "id: ",
        "retry: ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "{\"choices\":[{\"delta\":{\"content\":\"",
        "\"}}]}",
        "{\"type\":\"response.output_text.delta\",\"delta\":\"",
        "\"}",
        "data: [DONE]\n\n",
        "\\",
        "\\u00",
        "null",
        "1e",
        "\u{feff}",
    ];
    let part = prop_oneof![
        4 => select(PARTS).prop_map(|part| part.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..6),
        1 => hit().prop_map(String::into_bytes),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}
