//! Whether a value or function of one type can stand for another, and if not, where they part.
//!
//! This is the one relation between types of components. Value types match if they are equal, names included; function types, too (the
//! specification leaves open what else may match). An instance matches if it has what is expected, and may have more. Which resources are
//! equal is known at run time only.

use crate::types::{DefinedType, FuncTypeIdx, ResourceIdx, TypeIdx, Types, ValType};
use std::collections::HashSet;
use std::fmt;

/// The types of one side, and what its resources are called.
pub struct Side<'a> {
    /// The types that the side's indices refer to.
    pub types: &'a Types,
    /// What a resource is called.
    pub name: &'a dyn Fn(ResourceIdx) -> String,
}

/// Where two types part: the innermost place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// The places from outside to inside: "parameter `x`", "element of the list".
    pub path: Vec<String>,
    /// What is expected there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in &self.path {
            write!(f, "{place}: ")?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

/// A comparison of types of two sides.
pub struct Comparison<'a> {
    expected: &'a Side<'a>,
    found: &'a Side<'a>,
    /// Whether a resource of one side is that of the other.
    same: &'a dyn Fn(ResourceIdx, ResourceIdx) -> bool,
    /// Pairs that match.
    equal: HashSet<(TypeIdx, TypeIdx)>,
    path: Vec<String>,
}

type Outcome = Result<(), Mismatch>;

impl<'a> Comparison<'a> {
    /// A comparison of what is expected with what was found. `same` says whether a resource that is expected is one that was found.
    pub fn new(
        expected: &'a Side<'a>,
        found: &'a Side<'a>,
        same: &'a dyn Fn(ResourceIdx, ResourceIdx) -> bool,
    ) -> Comparison<'a> {
        Comparison {
            expected,
            found,
            same,
            equal: HashSet::new(),
            path: Vec::new(),
        }
    }

    /// Compares function types.
    ///
    /// # Errors
    ///
    /// The innermost place where they part.
    pub fn func(&mut self, expected: FuncTypeIdx, found: FuncTypeIdx) -> Outcome {
        let (a, b) = (&self.expected.types[expected].ty, &self.found.types[found].ty);
        if a.is_async != b.is_async {
            let kind = |is_async| {
                if is_async {
                    "an async function"
                } else {
                    "a function that is not async"
                }
            };
            return self.part(kind(a.is_async), kind(b.is_async));
        }
        self.count("parameter", a.params.len(), b.params.len())?;
        for (index, ((name, ty), (other, found))) in a.params.iter().zip(&b.params).enumerate() {
            if name != other {
                return self.part(
                    format!("parameter {index} to be named `{name}`"),
                    format!("`{other}`"),
                );
            }
            self.at(format!("parameter `{name}`"), |this| this.value(*ty, *found))?;
        }
        self.payload("result", a.result, b.result)
    }

    /// Compares value types.
    ///
    /// # Errors
    ///
    /// The innermost place where they part.
    pub fn value(&mut self, expected: ValType, found: ValType) -> Outcome {
        match (expected, found) {
            (ValType::Defined(a), ValType::Defined(b)) => self.defined(a, b),
            (a, b) if a == b => Ok(()),
            _ => self.part_types(expected, found),
        }
    }

    fn defined(&mut self, expected: TypeIdx, found: TypeIdx) -> Outcome {
        use DefinedType as D;
        if self.equal.contains(&(expected, found)) {
            return Ok(());
        }
        let (a, b) = (
            &self.expected.types[expected].defined,
            &self.found.types[found].defined,
        );
        match (a, b) {
            (D::Record(a), D::Record(b)) => {
                self.names("field", names(a), names(b))?;
                for ((name, a), (_, b)) in a.iter().zip(b) {
                    self.at(format!("field `{name}`"), |this| this.value(*a, *b))?;
                }
            }
            (D::Variant(a), D::Variant(b)) => {
                self.names("case", names(a), names(b))?;
                for ((name, a), (_, b)) in a.iter().zip(b) {
                    self.payload(&format!("case `{name}`"), *a, *b)?;
                }
            }
            (D::Tuple(a), D::Tuple(b)) => {
                self.count("field", a.len(), b.len())?;
                for (index, (a, b)) in a.iter().zip(b).enumerate() {
                    self.at(format!("field {index}"), |this| this.value(*a, *b))?;
                }
            }
            (D::Enum(a), D::Enum(b)) => self.names("case", a.iter(), b.iter())?,
            (D::Flags(a), D::Flags(b)) => self.names("flag", a.iter(), b.iter())?,
            (&D::Option(a), &D::Option(b)) => self.at("`some`".into(), |this| this.value(a, b))?,
            (&D::List(a), &D::List(b)) => self.at("element".into(), |this| this.value(a, b))?,
            (&D::Map(key, value), &D::Map(other, found)) => {
                self.at("key".into(), |this| this.value(key, other))?;
                self.at("value".into(), |this| this.value(value, found))?;
            }
            (
                D::Result { ok, error },
                D::Result {
                    ok: other,
                    error: found,
                },
            ) => {
                self.payload("`ok`", *ok, *other)?;
                self.payload("`error`", *error, *found)?;
            }
            (&D::Own(a), &D::Own(b)) | (&D::Borrow(a), &D::Borrow(b)) => self.resource(a, b)?,
            (&D::Stream(a), &D::Stream(b)) | (&D::Future(a), &D::Future(b)) => {
                self.payload("element", a, b)?
            }
            _ => return self.part_types(ValType::Defined(expected), ValType::Defined(found)),
        }
        self.equal.insert((expected, found));
        Ok(())
    }

    /// Compares resources.
    ///
    /// # Errors
    ///
    /// They are different at run time.
    pub fn resource(&mut self, expected: ResourceIdx, found: ResourceIdx) -> Outcome {
        if (self.same)(expected, found) {
            return Ok(());
        }
        self.part(
            format!("resource `{}`", (self.expected.name)(expected)),
            format!("a different resource, `{}`", (self.found.name)(found)),
        )
    }

    fn payload(&mut self, place: &str, expected: Option<ValType>, found: Option<ValType>) -> Outcome {
        self.at(place.to_owned(), |this| match (expected, found) {
            (Some(a), Some(b)) => this.value(a, b),
            (None, None) => Ok(()),
            (Some(a), None) => this.part(this.expected.types.text(a, this.expected.name), "none"),
            (None, Some(b)) => this.part("none", this.found.types.text(b, this.found.name)),
        })
    }

    fn at(&mut self, place: String, compare: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        self.path.push(place);
        let outcome = compare(self);
        self.path.pop();
        outcome
    }

    fn count(&mut self, what: &str, expected: usize, found: usize) -> Outcome {
        let text = |count| match count {
            1 => format!("1 {what}"),
            _ => format!("{count} {what}s"),
        };
        match expected == found {
            true => Ok(()),
            false => self.part(text(expected), found),
        }
    }

    fn names<'n>(
        &mut self,
        what: &str,
        expected: impl ExactSizeIterator<Item = &'n Box<str>>,
        found: impl ExactSizeIterator<Item = &'n Box<str>>,
    ) -> Outcome {
        let counts = (expected.len(), found.len());
        for (index, (a, b)) in expected.zip(found).enumerate() {
            if a != b {
                return self.part(format!("{what} {index} to be named `{a}`"), format!("`{b}`"));
            }
        }
        self.count(what, counts.0, counts.1)
    }

    fn part_types(&self, expected: ValType, found: ValType) -> Outcome {
        self.part(
            self.expected.types.text(expected, self.expected.name),
            self.found.types.text(found, self.found.name),
        )
    }

    fn part(&self, expected: impl fmt::Display, found: impl fmt::Display) -> Outcome {
        Err(Mismatch {
            path: self.path.clone(),
            expected: expected.to_string(),
            found: found.to_string(),
        })
    }
}

fn names<T>(items: &[(Box<str>, T)]) -> impl ExactSizeIterator<Item = &Box<str>> {
    items.iter().map(|(name, _)| name)
}
