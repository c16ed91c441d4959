//! Reads with serde, and says where it stopped. The module is given what the command has checked: it is built without the
//! feature `explain`, says only what is wrong, and is spared the code that follows each value's way down.

use serde::{Deserialize, Deserializer};

use super::problem::Path;

/// What is read; or where it stopped, and why.
#[cfg(feature = "explain")]
pub(super) fn deserialize<'de, T, D>(from: D) -> Result<T, (Path, String)>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    use serde_path_to_error::Segment;
    serde_path_to_error::deserialize(from).map_err(|error| {
        let path = error.path().iter().fold(Path::root(), |path, segment| match segment {
            Segment::Seq { index } => path.index(*index),
            Segment::Map { key } | Segment::Enum { variant: key } => path.key(key),
            Segment::Unknown => path,
        });
        (path, error.into_inner().to_string())
    })
}

/// What is read; or why not.
#[cfg(not(feature = "explain"))]
pub(super) fn deserialize<'de, T, D>(from: D) -> Result<T, (Path, String)>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(from).map_err(|error| (Path::root(), error.to_string()))
}
