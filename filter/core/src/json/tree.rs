//! The paths that a walker follows, put together where they begin alike. Not where in a text the walker stands.

/// Where a value stands: keys from the outside in, `"*"` for every element of an array. The empty path is the whole.
pub type Path = &'static [&'static str];

/// More paths than a tree holds.
const MAX_PATHS: usize = 32;

/// The tree.
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// A longer key, as it is written, is none of the paths'.
    pub(super) longest_key: usize,
}

struct Node {
    step: &'static str,
    /// The paths that end here.
    ends: Paths,
    /// The first of the nodes that lead on from here, and the next of those that lead on from where this one does. The
    /// root stands for none.
    child: usize,
    next: usize,
}

impl Tree {
    pub(super) const ROOT: usize = 0;

    pub(super) fn new(paths: impl IntoIterator<Item = Path>) -> Tree {
        let root = Node { step: "", ends: Paths::default(), child: Tree::ROOT, next: Tree::ROOT };
        let mut tree = Tree { nodes: vec![root], longest_key: 0 };
        for (number, path) in paths.into_iter().enumerate() {
            debug_assert!(number < MAX_PATHS, "a tree holds at most {MAX_PATHS} paths");
            let mut end = Tree::ROOT;
            for step in path {
                end = tree.child(end, step).unwrap_or_else(|| tree.add(end, step));
            }
            if let Some(end) = tree.nodes.get_mut(end) {
                end.ends = end.ends.with(number);
            }
        }
        tree
    }

    fn add(&mut self, parent: usize, step: &'static str) -> usize {
        // A key's every byte may be written as an escape of six.
        self.longest_key = self.longest_key.max(6 * step.len());
        let added = self.nodes.len();
        if let Some(parent) = self.nodes.get_mut(parent) {
            let next = std::mem::replace(&mut parent.child, added);
            self.nodes.push(Node { step, ends: Paths::default(), child: Tree::ROOT, next });
        }
        added
    }

    fn child(&self, parent: usize, step: &str) -> Option<usize> {
        let mut at = self.nodes.get(parent)?.child;
        while at != Tree::ROOT {
            let node = self.nodes.get(at)?;
            if node.step == step {
                return Some(at);
            }
            at = node.next;
        }
        None
    }

    /// The value of an object's member; no path says `*` of one.
    pub(super) fn member(&self, object: usize, key: &str) -> Option<usize> {
        self.child(object, key).filter(|_| key != "*")
    }

    /// Any element of an array.
    pub(super) fn element(&self, array: usize) -> Option<usize> {
        self.child(array, "*")
    }

    pub(super) fn leads_on(&self, node: usize) -> bool {
        self.nodes.get(node).is_some_and(|node| node.child != Tree::ROOT)
    }

    pub(super) fn ending_at(&self, node: Option<usize>) -> Paths {
        node.and_then(|node| self.nodes.get(node)).map_or(Paths::default(), |node| node.ends)
    }
}

/// A set of path numbers.
#[derive(Clone, Copy, Default)]
pub(super) struct Paths(u32);

impl Paths {
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn with(self, path: usize) -> Paths {
        let bit = u32::try_from(path).ok().and_then(|path| 1u32.checked_shl(path));
        Paths(self.0 | bit.unwrap_or(0))
    }

    /// Takes the lowest out.
    pub(super) fn take(&mut self) -> Option<usize> {
        let lowest = (self.0 != 0).then_some(self.0.trailing_zeros())?;
        self.0 &= self.0 - 1;
        usize::try_from(lowest).ok()
    }
}
