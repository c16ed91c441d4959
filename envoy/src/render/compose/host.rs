//! Paths of the machine around a container, as a compose file names them, and where the container has them. Nothing here
//! looks at a disk.

use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

/// A file or a folder that a container can read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mount {
    /// Where it is: absolute, or from the folder of the compose file.
    pub(super) source: PathBuf,
    /// Where the container finds it.
    pub(super) target: PathBuf,
}

impl Mount {
    /// What the container looks for under the path that it has outside.
    pub(super) fn in_the_same_place(path: PathBuf) -> Mount {
        Mount { source: path.clone(), target: path }
    }

    /// As an element of a service's `volumes`.
    pub(super) fn volume(&self) -> Value {
        json!({
            "type": "bind",
            "source": literal(&source(&self.source)),
            "target": literal(&self.target.display().to_string()),
            "read_only": true,
        })
    }
}

/// A path as a source: what does not begin with a dot or a slash would be the name of a volume.
pub(super) fn source(path: &Path) -> String {
    if path.is_absolute() || path.starts_with("..") {
        path.display().to_string()
    } else {
        Path::new(".").join(path).display().to_string()
    }
}

/// Text in which compose is to replace nothing.
pub(super) fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

/// The path without `.` and without `..`, but at its beginning.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for step in path.components() {
        match (step, plain.components().next_back()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                plain.pop();
            }
            (step, _) => plain.push(step),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{literal, plain, source};

    #[test]
    fn a_path_is_made_plain_without_losing_where_it_starts() {
        for (path, wanted) in [
            ("a/./b/../c", "a/c"),
            ("../quickstart/../../models/x", "../../models/x"),
            ("/a/../../b", "/b"),
            ("a/..", ""),
            ("./../a", "../a"),
        ] {
            assert_eq!(plain(Path::new(path)), Path::new(wanted), "{path}");
        }
    }

    #[test]
    fn a_source_is_never_the_name_of_a_volume() {
        for (path, wanted) in [("", "./"), ("a/b", "./a/b"), ("../a", "../a"), ("/a", "/a")] {
            assert_eq!(source(Path::new(path)), wanted, "{path}");
        }
    }

    #[test]
    fn a_dollar_stays_one() {
        assert_eq!(literal("/srv/$HOME/${x}"), "/srv/$$HOME/$${x}");
    }
}
