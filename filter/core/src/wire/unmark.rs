//! What translated answers left with a client, taken out of a request that goes to a target of the client's own format:
//! there nobody knows Dragoman's marks, and a seal of another provider is a 400. Only requests that hold a mark are read.

use memchr::memmem;
use serde_json::{Map, Value};

use super::blob::{self, Blob};
use super::{Format, Losses};

/// The lists of a chat message that hold seals, in the spellings of different clients.
const CHAT_LISTS: [&str; 2] = ["thinking_blocks", "reasoning_details"];
/// The members that a seal stands in. `json`'s scanner knows their keys, too.
const SEALS: [&str; 4] = ["signature", "data", "encrypted_content", "thoughtSignature"];

/// Whether a request may hold marks. It may be that its text only speaks of them.
pub fn is_marked(body: &[u8]) -> bool {
    blob::MARKS.iter().any(|mark| memmem::find(body, mark.as_bytes()).is_some())
}

/// Takes marks out: a seal of this provider is given back as it was, any other is lost with its thought. `None` where
/// there is nothing to change.
pub fn unmark(format: Format, body: &[u8], provider: &str) -> Option<(Map<String, Value>, Losses)> {
    let mut body: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let before = body.clone();
    let mut cleaner = Cleaner { provider, losses: Losses::default() };
    let key = match format {
        Format::Chat | Format::Messages => "messages",
        Format::Responses => "input",
        Format::Gemini => "contents",
    };
    let Some(Value::Array(turns)) = body.get_mut(key) else { return None };
    match format {
        Format::Chat => turns.iter_mut().enumerate().for_each(|(index, turn)| cleaner.message(turn, index)),
        Format::Responses => cleaner.list(turns, key),
        Format::Messages => cleaner.turns(turns, key, "content"),
        Format::Gemini => cleaner.turns(turns, key, "parts"),
    }
    (body != before).then_some((body, cleaner.losses))
}

struct Cleaner<'a> {
    provider: &'a str,
    losses: Losses,
}

impl Cleaner<'_> {
    /// A chat message: seals in lists, and in the ids of calls.
    fn message(&mut self, message: &mut Value, index: usize) {
        let Some(message) = message.as_object_mut() else { return };
        for key in CHAT_LISTS {
            if let Some(Value::Array(list)) = message.get_mut(key) {
                self.list(list, &format!("messages[{index}].{key}"));
                if list.is_empty() {
                    message.shift_remove(key);
                }
            }
        }
        let calls = message.get_mut("tool_calls").and_then(Value::as_array_mut);
        let of_calls = calls.into_iter().flatten().filter_map(|call| call.get_mut("id"));
        of_calls.for_each(bare);
        message.get_mut("tool_call_id").into_iter().for_each(bare);
    }

    /// Turns that hold their parts under `key`; one of nothing but lost thoughts goes with them.
    fn turns(&mut self, turns: &mut Vec<Value>, path: &str, key: &str) {
        let mut index = 0;
        turns.retain_mut(|turn| {
            let at = format!("{path}[{index}].{key}");
            index += 1;
            let Some(Value::Array(parts)) = turn.get_mut(key) else { return true };
            let was_empty = parts.is_empty();
            self.list(parts, &at);
            was_empty || !parts.is_empty()
        });
    }

    fn list(&mut self, list: &mut Vec<Value>, path: &str) {
        let mut index = 0;
        list.retain_mut(|element| {
            let at = format!("{path}[{index}]");
            index += 1;
            self.stays(element, at)
        });
    }

    /// Mends what a seal stands in; tells whether it stays.
    fn stays(&mut self, element: &mut Value, at: String) -> bool {
        let Some(map) = element.as_object_mut() else { return true };
        let found = SEALS.iter().find_map(|key| Some((*key, marked(map.get(*key)?.as_str()?)?)));
        let Some((key, blob)) = found else { return true };
        if blob.provider == self.provider {
            map.insert(key.to_owned(), blob.data.into());
            return true;
        }
        self.losses.note(at);
        // Gemini's seals stand on what is said and called, too. Its models want one on a call, or this in its place.
        if map.contains_key("functionCall") {
            map.insert(key.to_owned(), super::gemini::NO_SIGNATURE.into());
            return true;
        }
        map.shift_remove(key);
        key == "thoughtSignature" && map.get("text").is_some_and(|text| text != "") && !map.contains_key("thought")
    }
}

fn marked(seal: &str) -> Option<Blob> {
    // No provider is called so: what has no mark is told by it.
    let found = [Blob::read(seal, ""), Blob::read_base64(seal)];
    found.into_iter().find(|blob| blob.data != seal)
}

/// A call's id without the seal that it carries.
fn bare(id: &mut Value) {
    if let Some((own, Some(_))) = id.as_str().map(Blob::from_id) {
        *id = own.into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::object;

    fn clean(format: Format, body: &Value, provider: &str) -> Option<(Value, Vec<String>)> {
        let body = body.to_string();
        assert!(is_marked(body.as_bytes()) && object(body.as_bytes(), &[]).unwrap().may_hold_seal());
        let (body, losses) = unmark(format, body.as_bytes(), provider)?;
        Some((body.into(), losses.paths().map(str::to_owned).collect()))
    }

    fn blob(provider: &'static str) -> Blob {
        Blob { provider: provider.into(), data: "c2ln".to_owned() }
    }

    #[test]
    fn another_providers_thought_goes_and_an_own_one_is_as_it_was() {
        let thought = |signature: &str| json!({"type": "thinking", "thinking": "hm", "signature": signature});
        let said = json!({"type": "text", "text": "I say dragoman: so it is."});
        let body = json!({"messages": [
            {"role": "assistant", "content": [thought(&blob("gemini").tagged()), thought("own"), said]},
            {"role": "assistant", "content": [thought(&blob("openai").tagged())]},
            {"role": "assistant", "content": [thought(&blob("anthropic").tagged())]},
        ]});
        let (clean, losses) = clean(Format::Messages, &body, "anthropic").unwrap();
        assert_eq!(clean["messages"][0]["content"], json!([thought("own"), said]));
        assert_eq!(clean["messages"][1]["content"], json!([thought("c2ln")]));
        assert_eq!(losses, ["messages[0].content[0]", "messages[1].content[0]"]);
    }

    #[test]
    fn a_reasoning_item_goes() {
        let item = json!({"type": "reasoning", "summary": [], "encrypted_content": blob("anthropic").tagged()});
        let (clean, losses) =
            clean(Format::Responses, &json!({"input": [{"role": "user", "content": "Hi"}, item]}), "openai").unwrap();
        assert_eq!(
            (clean, losses),
            (json!({"input": [{"role": "user", "content": "Hi"}]}), vec!["input[1]".to_owned()])
        );
    }

    #[test]
    fn gemini_keeps_what_was_said_and_called() {
        let seal = blob("anthropic").tagged_base64();
        let call = json!({"name": "look", "args": {}});
        let body = json!({"contents": [{"role": "model", "parts": [
            {"text": "hm", "thought": true, "thoughtSignature": seal}, {"text": "Yes.", "thoughtSignature": seal},
            {"functionCall": call, "thoughtSignature": seal}, {"text": "", "thoughtSignature": seal},
        ]}]});
        let (clean, losses) = clean(Format::Gemini, &body, "gemini").unwrap();
        let stand_in = "skip_thought_signature_validator";
        let kept = json!([{"text": "Yes."}, {"functionCall": call, "thoughtSignature": stand_in}]);
        assert_eq!((&clean["contents"][0]["parts"], losses.len()), (&kept, 4));
    }

    #[test]
    fn a_chat_clients_calls_get_their_ids_back() {
        let id = blob("gemini").in_id("call_1").unwrap();
        let body = json!({"messages": [
            {"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function"}],
                "thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": blob("gemini").tagged()}]},
            {"role": "tool", "tool_call_id": id, "content": "Sunny"},
        ]});
        let (clean, losses) = clean(Format::Chat, &body, "openai").unwrap();
        let call = json!({"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function"}]});
        assert_eq!(clean["messages"], json!([call, {"role": "tool", "tool_call_id": "call_1", "content": "Sunny"}]));
        assert_eq!(losses, ["messages[0].thinking_blocks[0]"]);
    }

    #[test]
    fn who_only_speaks_of_marks_is_left_alone() {
        let said = json!([{"type": "text", "text": "What is dragoman:gemini:x and __thought__?"},
            {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}]);
        let body = json!({"messages": [{"role": "assistant", "content": said}]});
        assert_eq!(clean(Format::Messages, &body, "anthropic"), None);
    }
}
