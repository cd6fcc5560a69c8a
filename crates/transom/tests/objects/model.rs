//! The same graphs in plain Rust, where nothing moves and nothing is collected.

/// A reference of the model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reference {
    Null,
    Small(i32),
    Object(usize),
}

/// An object of the model.
#[derive(Clone, Debug)]
pub enum Object {
    Node {
        big: bool,
        a: Reference,
        b: Reference,
        v: i64,
        p: i8,
    },
    Refs(Vec<Reference>),
    Bytes(Vec<u8>),
    Host(u32),
}

/// All objects that were ever made, and the roots.
pub struct Model {
    pub objects: Vec<Object>,
    pub roots: [Reference; 64],
    pub kept: Reference,
}

impl Model {
    pub fn new() -> Model {
        Model {
            objects: Vec::new(),
            roots: [Reference::Null; 64],
            kept: Reference::Null,
        }
    }

    pub fn add(&mut self, object: Object) -> Reference {
        self.objects.push(object);
        Reference::Object(self.objects.len() - 1)
    }

    pub fn object(&mut self, root: usize) -> Option<&mut Object> {
        match self.roots[root] {
            Reference::Object(index) => Some(&mut self.objects[index]),
            _ => None,
        }
    }

    pub fn kind(&self, root: usize) -> i32 {
        match self.roots[root] {
            Reference::Null => 0,
            Reference::Small(_) => 1,
            Reference::Object(index) => match self.objects[index] {
                Object::Node { big: false, .. } => 2,
                Object::Node { big: true, .. } => 3,
                Object::Refs(_) => 4,
                Object::Bytes(_) => 5,
                Object::Host(_) => 6,
            },
        }
    }

    pub fn value(&self, root: usize) -> i64 {
        match self.roots[root] {
            Reference::Null => -1,
            Reference::Small(value) => i64::from(value),
            Reference::Object(index) => match &self.objects[index] {
                Object::Node { v, p, .. } => v.wrapping_add(i64::from(*p)),
                Object::Refs(elements) => elements.len() as i64,
                Object::Bytes(bytes) => bytes.iter().fold(0i64, |sum, &byte| {
                    sum.wrapping_mul(31).wrapping_add(i64::from(byte))
                }),
                Object::Host(_) => -1,
            },
        }
    }

    /// The sum of a list's values, if the list at a root ends.
    pub fn list_sum(&self, root: usize) -> Option<i64> {
        let (mut sum, mut next, mut steps) = (0i64, self.roots[root], 0);
        while let Reference::Object(index) = next {
            let Object::Node { b, v, .. } = self.objects[index] else {
                return None;
            };
            (sum, next, steps) = (sum.wrapping_add(v), b, steps + 1);
            if steps > 10_000 {
                return None;
            }
        }
        Some(sum)
    }
}
