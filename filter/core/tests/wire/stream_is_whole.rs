//! Law 6, with law 1: a translated stream, collected, is what the translated whole answer says, and both are what the
//! target said; however its bytes were cut.

use dragoman_core::wire::{self, Format};
use proptest::prelude::*;

use super::reader::Said;
use super::{context, memory, reader, streamed, upstream};

fn formats() -> impl Strategy<Value = (Format, Format)> {
    let any = || prop::sample::select(Format::ALL.to_vec());
    (any(), any()).prop_filter("the same format passes", |(from, to)| from != to)
}

/// A chat client keeps Gemini's signatures in the ids of calls.
fn without_seals(mut said: Said) -> Said {
    said.ids.iter_mut().for_each(|id| *id = id.split("__thought__").next().unwrap().to_owned());
    said
}

fn cases() -> ProptestConfig {
    let cases = if std::env::var_os("CI").is_some() { 10_000 } else { 1_000 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_stream_says_what_the_whole_says_and_what_the_target_said(
        answer in upstream::answers(), (from, to) in formats(), cuts in prop::collection::vec(any::<usize>(), 0..6)
    ) {
        let memory = memory(from);
        let stream = answer.stream(from);
        let bytes = streamed(from, to, &stream, &cuts, &memory);
        let said = reader::stream(to, &bytes, true);
        let whole = wire::answer(from, to, answer.whole(from).to_string().as_bytes(), &memory, &context()).unwrap();
        let whole = reader::whole(to, &serde_json::from_slice(&whole.body).unwrap());
        let expected = answer.expected(from, to);
        let (said, whole) = (without_seals(said), without_seals(whole));
        prop_assert_eq!(&said, &expected, "{} to {}", from, to);
        prop_assert_eq!(&whole, &expected, "{} to {}", from, to);
        prop_assert_eq!(bytes, streamed(from, to, &stream, &[], &memory));
    }

    #[test]
    fn the_same_format_passes_byte_for_byte(answer in upstream::answers(), format in prop::sample::select(Format::ALL.to_vec())) {
        let stream = answer.stream(format);
        prop_assert_eq!(&streamed(format, format, &stream, &[7], &memory(format)), &stream);
        let whole = serde_json::to_string_pretty(&answer.whole(format)).unwrap();
        let answered = wire::answer(format, format, whole.as_bytes(), &memory(format), &context()).unwrap();
        prop_assert_eq!(answered.body, whole.into_bytes());
    }

    #[test]
    fn a_stream_that_is_cut_ends_in_an_error_or_was_complete(
        answer in upstream::answers(), (from, to) in formats(), at in any::<prop::sample::Index>()
    ) {
        let stream = answer.stream(from);
        let bytes = streamed(from, to, &stream[..at.index(stream.len())], &[], &memory(from));
        let said = reader::stream(to, &bytes, true);
        let expected = answer.expected(from, to);
        prop_assert!(said.error.is_some() || said.text == expected.text && said.calls == expected.calls && said.stop == expected.stop);
    }
}
