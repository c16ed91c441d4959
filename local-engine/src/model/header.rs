//! What the head of a GGUF file says, before anything is loaded. Each key is read only as what it is: llama.cpp ends the
//! process when asked for text where a number stands.

use std::path::Path;

use llama_cpp_2::gguf::GgufContext;

/// The head of a file.
pub(super) struct Header(GgufContext);

/// `GGUF_TYPE_UINT32` and `GGUF_TYPE_STRING`.
const UINT32: u32 = 4;
const STRING: u32 = 8;

impl Header {
    /// Reads it; `None` when that cannot be done, which loading the file will explain.
    pub(super) fn read(file: &Path) -> Option<Self> {
        GgufContext::from_file(file).map(Self)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0.val_str(self.key(key, STRING)?)
    }

    /// A plain number; arrays, one number for each layer, are left to loading.
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        Some(u64::from(self.0.val_u32(self.key(key, UINT32)?)))
    }

    fn key(&self, name: &str, kind: u32) -> Option<i64> {
        let key = self.0.find_key(name);
        (key >= 0 && self.0.kv_type(key) == kind).then_some(key)
    }

    /// What the file holds, if that is known and not served.
    pub(super) fn unserved(&self) -> Option<&'static str> {
        match (self.text("general.type"), self.text("general.architecture")) {
            (Some("adapter"), _) => Some("a LoRA adapter, and LoRA is not served"),
            (Some("mmproj"), _) | (_, Some("clip")) => Some("an encoder of pictures or sound, and only text is served"),
            (_, Some("eagle3")) => Some("a draft model, and speculative decoding is not served"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_what_it_is_and_as_nothing_else() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/demo-q8_0.gguf");
        let header = Header::read(&file).unwrap();
        assert_eq!((header.text("general.architecture"), header.number("general.architecture")), (Some("llama"), None));
        let layers = header.number("llama.block_count").unwrap();
        assert_eq!((layers > 0, header.text("llama.block_count")), (true, None));
        assert_eq!((header.text("nothing"), header.unserved()), (None, None));
        assert!(Header::read(Path::new("/nowhere")).is_none());
    }
}
