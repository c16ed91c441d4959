//! Sealed reasoning: signatures and encrypted items, each of use to the provider that made it and a 400 to any other.
//! Between formats a blob carries its maker's name, so that it is given back to that provider only.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// What a tagged blob begins with.
const MARK: &str = "dragoman:";
/// What a Gemini blob begins with inside a call's id, for clients that keep only ids; LiteLLM's spelling.
const IN_ID: &str = "__thought__";
/// What a request with blobs in it holds: [`MARK`], the same in base64, and what stands in ids.
pub(super) const MARKS: [&str; 3] = [MARK, "ZHJhZ29tYW46", IN_ID];

/// A provider's sealed reasoning. Not to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Who made it.
    pub provider: Cow<'static, str>,
    /// As it came.
    pub data: String,
}

impl Blob {
    /// What a client sends back: tagged, or as it came from `native`, whose format the client speaks.
    pub(super) fn read(raw: &str, native: &'static str) -> Blob {
        match raw.strip_prefix(MARK).and_then(|rest| rest.split_once(':')) {
            Some((provider, data)) => Blob { provider: Cow::Owned(provider.to_owned()), data: data.to_owned() },
            None => Blob { provider: Cow::Borrowed(native), data: raw.to_owned() },
        }
    }

    /// As a client of another format is to keep it.
    pub(super) fn tagged(&self) -> String {
        format!("{MARK}{}:{}", self.provider, self.data)
    }

    /// [`Blob::read`] for a field that has to hold base64, as Gemini's does.
    pub(super) fn read_base64(raw: &str) -> Blob {
        let tagged = STANDARD.decode(raw).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        match tagged.filter(|text| text.starts_with(MARK)) {
            Some(tagged) => Blob::read(&tagged, "gemini"),
            None => Blob { provider: Cow::Borrowed("gemini"), data: raw.to_owned() },
        }
    }

    /// [`Blob::tagged`] for a field that has to hold base64.
    pub(super) fn tagged_base64(&self) -> String {
        STANDARD.encode(self.tagged())
    }

    /// A call's id that carries this blob, if it is Gemini's.
    pub(super) fn in_id(&self, id: &str) -> Option<String> {
        let bytes = STANDARD.decode(&self.data).ok().filter(|_| self.provider == "gemini")?;
        Some(format!("{id}{IN_ID}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// A call's id, and the blob that it carries.
    pub(super) fn from_id(id: &str) -> (&str, Option<Blob>) {
        let Some((own, data)) = id.split_once(IN_ID) else {
            return (id, None);
        };
        let data = URL_SAFE_NO_PAD.decode(data).map(|bytes| STANDARD.encode(bytes));
        (own, data.ok().map(|data| Blob { provider: Cow::Borrowed("gemini"), data }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_comes_back_as_it_went_out() {
        let blob = Blob { provider: "anthropic".into(), data: "a:b==".to_owned() };
        assert_eq!(Blob::read(&blob.tagged(), "openai"), blob);
        assert_eq!(Blob::read_base64(&blob.tagged_base64()), blob);
        assert_eq!(Blob::read("raw", "openai"), Blob { provider: "openai".into(), data: "raw".to_owned() });
    }

    #[test]
    fn each_way_to_carry_a_blob_has_its_mark() {
        let blob = Blob { provider: "gemini".into(), data: "c2ln".to_owned() };
        let carried = [blob.tagged(), blob.tagged_base64(), blob.in_id("call_1").unwrap()];
        for (carried, mark) in carried.iter().zip(MARKS) {
            assert!(carried.contains(mark), "{carried}: {mark}");
        }
    }

    #[test]
    fn a_call_id_carries_geminis_blobs_only() {
        let blob = Blob { provider: "gemini".into(), data: STANDARD.encode([251, 255, 0]) };
        let id = blob.in_id("call_1").unwrap();
        assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'));
        assert_eq!(Blob::from_id(&id), ("call_1", Some(blob)));
        assert_eq!(Blob { provider: "openai".into(), data: "AAAA".to_owned() }.in_id("call_1"), None);
    }
}
