//! What a linker defines, by names with versions.

use crate::Module;
use crate::component::func::host::HostCode;
use crate::component::func::untyped::Func;
use crate::component::instance_types::InstanceTypes;
use crate::component::resource_type::ResourceType;
use std::collections::BTreeMap;
use std::sync::Arc;
use transom_component::types::FuncTypeIdx;
use transom_error::{Result, bail, ensure};
use transom_types::{Escaped, nearest};
use transom_vm::HostFunction;

/// What a name stands for.
pub(crate) enum Definition<T: 'static> {
    Func(HostCode<T>),
    /// A function of a component in a store, with its type.
    Lifted(Func, FuncTypeIdx, Arc<InstanceTypes>),
    /// A function of a component that has no instance: only its type is known.
    Declared(FuncTypeIdx, Arc<InstanceTypes>),
    Instance(Names<T>),
    Module(Module),
    Resource(ResourceType, Option<Arc<HostFunction>>),
}

impl<T: 'static> Clone for Definition<T> {
    fn clone(&self) -> Self {
        match self {
            Definition::Func(code) => Definition::Func(code.clone()),
            Definition::Lifted(func, ty, types) => Definition::Lifted(*func, *ty, types.clone()),
            Definition::Declared(ty, types) => Definition::Declared(*ty, types.clone()),
            Definition::Instance(names) => Definition::Instance(names.clone()),
            Definition::Module(module) => Definition::Module(module.clone()),
            Definition::Resource(ty, destructor) => Definition::Resource(*ty, destructor.clone()),
        }
    }
}

impl<T> Definition<T> {
    pub fn kind(&self) -> &'static str {
        match self {
            Definition::Func(_) | Definition::Lifted(..) | Definition::Declared(..) => "a function",
            Definition::Instance(_) => "an instance",
            Definition::Module(_) => "a core module",
            Definition::Resource(..) => "a resource",
        }
    }
}

/// Definitions by name.
pub(crate) struct Names<T: 'static> {
    definitions: BTreeMap<Box<str>, Definition<T>>,
}

impl<T: 'static> Default for Names<T> {
    fn default() -> Self {
        Names {
            definitions: BTreeMap::new(),
        }
    }
}

impl<T: 'static> Clone for Names<T> {
    fn clone(&self) -> Self {
        Names {
            definitions: self.definitions.clone(),
        }
    }
}

impl<T: 'static> std::fmt::Debug for Names<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.definitions.keys()).finish()
    }
}

/// A name without its version, and the version: three numbers, and whether anything follows.
fn version(name: &str) -> Option<(&str, [u64; 3])> {
    let (base, version) = name.split_once('@')?;
    let release = version.split_once('+').map_or(version, |(release, _)| release);
    let mut numbers = release.split('.').map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok();
    let version = [next()?, next()?, next()?];
    // Versions before a release are compatible with nothing, and their last number is none.
    numbers.next().is_none().then_some((base, version))
}

/// Whether something with one version can stand for another with the same name.
fn is_compatible(a: [u64; 3], b: [u64; 3]) -> bool {
    match (a[0], a[1]) {
        (0, 0) => a == b,
        (0, minor) => b[0] == 0 && b[1] == minor,
        (major, _) => b[0] == major,
    }
}

impl<T: 'static> Names<T> {
    /// The definition of a name, or of one with a compatible version.
    pub fn get<'n>(&'n self, name: &str) -> Option<&'n Definition<T>> {
        if let Some(definition) = self.definitions.get(name) {
            return Some(definition);
        }
        let (base, wanted) = version(name)?;
        let versions = self.versions(base);
        let newest = versions
            .filter(|&(version, _)| is_compatible(wanted, version))
            .max_by_key(|&(version, _)| version);
        newest.map(|(_, definition)| definition)
    }

    /// The definitions of a name, with their versions.
    fn versions<'n, 'b>(
        &'n self,
        base: &'b str,
    ) -> impl Iterator<Item = ([u64; 3], &'n Definition<T>)> + use<'n, 'b, T> {
        let from = (std::ops::Bound::Included(base), std::ops::Bound::Unbounded);
        self.definitions
            .range::<str, _>(from)
            .take_while(move |(name, _)| name.starts_with(base))
            .filter_map(move |(name, definition)| {
                let (other, version) = version(name)?;
                (other == base).then_some((version, definition))
            })
    }

    /// What a path of names leads to.
    pub fn find(&self, path: &[Box<str>]) -> Option<&Definition<T>> {
        let (name, rest) = path.split_first()?;
        let definition = self.get(name)?;
        match (definition, rest) {
            (_, []) => Some(definition),
            (Definition::Instance(names), _) => names.find(rest),
            _ => None,
        }
    }

    /// A name that may have been meant: the same with another version, or one that is nearly written so.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let base = |name: &str| name.split_once('@').map_or(name.len(), |(base, _)| base.len());
        let wanted = &name[..base(name)];
        let same = self
            .definitions
            .keys()
            .rfind(|other| &other[..base(other)] == wanted);
        let near = || nearest(self.definitions.keys(), name);
        same.or_else(near).map(|name| &**name)
    }

    pub fn insert(&mut self, name: &str, definition: Definition<T>, shadow: bool) -> Result<()> {
        ensure!(
            shadow || !self.definitions.contains_key(name),
            "map entry `{}` defined twice",
            Escaped(name)
        );
        self.definitions.insert(name.into(), definition);
        Ok(())
    }

    /// The names of an instance, which is defined if it is not there.
    pub fn instance(&mut self, name: &str, shadow: bool) -> Result<&mut Names<T>> {
        let known = self.definitions.get(name);
        if known.is_none_or(|known| shadow && !matches!(known, Definition::Instance(_))) {
            self.definitions
                .insert(name.into(), Definition::Instance(Names::default()));
        }
        match self.definitions.get_mut(name) {
            Some(Definition::Instance(names)) => Ok(names),
            Some(other) => bail!(
                "`{}` is defined as {}, not as an instance",
                Escaped(name),
                other.kind()
            ),
            None => unreachable!("it was just defined"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Names<()> {
        let mut names = Names::default();
        for (index, name) in list.iter().enumerate() {
            let definition = Definition::Resource(ResourceType::host_dynamic(index as u32), None);
            names.insert(name, definition, false).unwrap();
        }
        names
    }

    fn found(names: &Names<()>, name: &str) -> Option<ResourceType> {
        match names.get(name)? {
            Definition::Resource(ty, _) => Some(*ty),
            _ => None,
        }
    }

    #[test]
    fn compatible_versions_stand_for_each_other() {
        let list = [
            "a:b/c@0.2.1",
            "a:b/c@0.2.10",
            "a:b/c@0.3.0",
            "a:b/c@1.2.0",
            "a:b/c-d@0.2.99",
            "a:b/c@2.0.0-rc.1",
        ];
        let names = names(&list);
        let index = |index| Some(ResourceType::host_dynamic(index));
        for (name, expected) in [
            ("a:b/c@0.2.1", index(0)),
            ("a:b/c@0.2.0", index(1)),
            ("a:b/c@0.2.12", index(1)),
            ("a:b/c@0.3.7", index(2)),
            ("a:b/c@1.0.0", index(3)),
            ("a:b/c@2.0.0-rc.1", index(5)),
            ("a:b/c@2.0.0", None),
            ("a:b/c@0.1.0", None),
            ("a:b/c", None),
            ("a:b/d@0.2.0", None),
        ] {
            assert_eq!(found(&names, name), expected, "{name}");
        }
    }

    #[test]
    fn the_nearest_name_is_offered() {
        let names = names(&["a:b/c@0.2.1", "print", "log"]);
        assert_eq!(names.nearest("a:b/c@0.3.0"), Some("a:b/c@0.2.1"));
        assert_eq!(names.nearest("prnt"), Some("print"));
        assert_eq!(names.nearest("something"), None);
    }
}
