//! Entries: a unit's tree, without what is not about this code.
//!
//! The tree is read twice. First, each entry that stays gets its copy, so that references can be resolved; then the copies get their
//! attributes. What is left out: functions that the code does not have, and all that only says how a compiler came to something.
//!
//! *Pointers* have as many bytes as in the program, and lead to addresses in the program's memory, while a debugger reads the memory of
//! the process. So types have a second copy, for what pointers lead to. For debuggers all pointers to a type are one type, so no pointer of
//! the process leads there. Structures and arrays say there that their data lie elsewhere, at the base of the memory plus the address; of
//! other types `gdb` does not accept that. A variable that points to such a type is a pointer of the process instead, which has no place. A
//! variable that is a reference is what it refers to. And there is a variable `wasm_memory`, for all that is left.

use crate::attributes::{Attributes, Copies, Value};
use crate::image::Code;
use crate::places::{Form, Places};
use crate::source::{Source, text};
use crate::straight::Straight;
use crate::types::{DATA, MAX_HOPS, NAMES, PARTS, PLACED, POINTERS, Type, Types};
use core::ops::Range;
use gimli::constants::*;
use gimli::write::{Address, AttributeValue, Expression, Location, LocationList, RangeList, UnitEntryId};
use gimli::{Result, UnitOffset};
use std::collections::HashMap;
use transom_code::FrameValues;
use transom_module::{Entry, Metered};

/// Functions of a unit: their positions in the image, and their entries.
pub type Members = Vec<(usize, Option<UnitOffset>)>;

/// How deep entries are inside each other at most. What is deeper is left out.
const MAX_DEPTH: isize = 100;

/// What an entry is an instance of, or completes.
const ORIGINS: [DwAt; 2] = [DW_AT_specification, DW_AT_abstract_origin];

/// Entries that are copied.
const TAGS: [DwTag; 31] = [
    DW_TAG_compile_unit,
    DW_TAG_namespace,
    DW_TAG_subprogram,
    DW_TAG_lexical_block,
    DW_TAG_inlined_subroutine,
    DW_TAG_formal_parameter,
    DW_TAG_unspecified_parameters,
    DW_TAG_variable,
    DW_TAG_constant,
    DW_TAG_base_type,
    DW_TAG_unspecified_type,
    DW_TAG_pointer_type,
    DW_TAG_reference_type,
    DW_TAG_rvalue_reference_type,
    DW_TAG_const_type,
    DW_TAG_volatile_type,
    DW_TAG_restrict_type,
    DW_TAG_atomic_type,
    DW_TAG_typedef,
    DW_TAG_structure_type,
    DW_TAG_class_type,
    DW_TAG_union_type,
    DW_TAG_member,
    DW_TAG_inheritance,
    DW_TAG_enumeration_type,
    DW_TAG_enumerator,
    DW_TAG_array_type,
    DW_TAG_subrange_type,
    DW_TAG_subroutine_type,
    DW_TAG_variant_part,
    DW_TAG_variant,
];

/// Entries that have a place.
const VARIABLES: [DwTag; 3] = [DW_TAG_variable, DW_TAG_formal_parameter, DW_TAG_constant];

/// Parts of functions.
const BLOCKS: [DwTag; 2] = [DW_TAG_lexical_block, DW_TAG_inlined_subroutine];

/// An expression that was read.
type Read<'a> = gimli::read::Expression<Metered<'a>>;

/// What the entries around one are.
#[derive(Clone, Copy)]
struct Scope {
    depth: isize,
    offset: UnitOffset,
    /// The copy, if there is one.
    copy: Option<UnitEntryId>,
    /// The second copy.
    pointee: Option<UnitEntryId>,
    /// The function, by its position in the image.
    function: Option<usize>,
}

/// A variable, of the program or of a function.
struct Variable<'v> {
    function: Option<usize>,
    values: Option<&'v FrameValues>,
    form: Form,
}

/// The entries of a unit that is being made.
pub struct Entries<'e, 's, 'a> {
    pub attributes: Attributes<'e, 's, 'a>,
    pub places: Option<&'e Places<'s>>,
    /// How many more entries there may be.
    pub room: &'e mut usize,
    copies: Copies,
    /// The second copies.
    pointees: Copies,
    /// Pointers of the process, by those of the program.
    natives: Copies,
    types: Types,
    /// What entries are instances of.
    origins: HashMap<UnitOffset, UnitOffset>,
    /// The functions with entries.
    functions: HashMap<UnitOffset, usize>,
    straight: HashMap<usize, Straight<'s>>,
}

impl<'e, 's, 'a> Entries<'e, 's, 'a> {
    /// Adds those of a unit with these functions.
    pub fn add(
        attributes: Attributes<'e, 's, 'a>,
        places: Option<&'e Places<'s>>,
        room: &'e mut usize,
        members: &Members,
    ) {
        let mut entries = Entries {
            attributes,
            places,
            room,
            copies: Copies::new(),
            pointees: Copies::new(),
            natives: Copies::new(),
            types: Types::default(),
            origins: HashMap::new(),
            functions: HashMap::new(),
            straight: HashMap::new(),
        };
        let mut alone = Vec::new();
        for &(position, entry) in members {
            match entry {
                Some(entry) if !entries.functions.contains_key(&entry) => {
                    entries.functions.insert(entry, position);
                    let locations = &entries.code(position).locations;
                    entries.straight.insert(position, Straight::of(locations));
                }
                _ => alone.push(position),
            }
        }
        entries.copy_tree();
        // Entries that were not reached, for whatever reason, leave their functions alone.
        let missing = entries
            .functions
            .iter()
            .filter(|(entry, _)| !entries.copies.contains_key(entry));
        alone.extend(missing.map(|(_, &position)| position));
        alone.sort_unstable();
        for position in alone {
            entries.add_nameless(position);
        }
        entries.add_memory();
    }

    fn source(&self) -> &'e Source<'s, 'a> {
        self.attributes.source
    }

    fn code(&self, position: usize) -> &'s Code<'s> {
        &self.source().image.functions[position]
    }

    /// Reads the tree twice.
    fn copy_tree(&mut self) {
        let (debug, read) = (&self.source().reader.debug, self.source().read);
        let mut around = vec![];
        let _: Result<()> = debug.walk(read, None, &TAGS, |entry| {
            self.reserve(entry, &mut around);
            Ok(())
        });
        self.reserve_pointees();
        let mut around = vec![];
        let _: Result<()> = debug.walk(read, None, &TAGS, |entry| {
            self.complete(entry, &mut around);
            Ok(())
        });
    }

    /// Adds an entry, without its attributes, below a parent.
    fn reserve_below(&mut self, parent: UnitEntryId, tag: DwTag) -> Option<UnitEntryId> {
        *self.room = self.room.checked_sub(1)?;
        Some(self.attributes.unit.unit.add(parent, tag))
    }

    /// Reserves the copy of an entry, if it stays.
    fn reserve(&mut self, entry: &Entry<'a>, around: &mut Vec<Scope>) {
        let parent = enclosing(entry, around);
        let copy = match parent {
            None => Some(self.attributes.unit.unit.root()),
            Some(Scope {
                copy: Some(parent), ..
            }) if self.stays(entry) => self.reserve_below(parent, entry.tag()),
            Some(_) => None,
        };
        around.push(Scope {
            depth: entry.depth(),
            offset: entry.offset(),
            copy,
            pointee: None,
            function: None,
        });
        let (Some(copy), Some(parent)) = (copy, parent) else {
            return;
        };
        self.copies.insert(entry.offset(), copy);
        let origin = ORIGINS.iter().find_map(|&name| entry.attr_value(name));
        if let Some(origin) = origin.and_then(|origin| self.attributes.target(&origin)) {
            self.origins.insert(entry.offset(), origin);
        }
        if PARTS.contains(&entry.tag())
            && let Some(ty) = self.types.0.get_mut(&parent.offset)
        {
            ty.has_parts = true;
        }
        if let Some(parent) = parent.copy
            && (DATA.contains(&entry.tag()) || NAMES.contains(&entry.tag()))
        {
            let target = entry.attr_value(DW_AT_type);
            let ty = Type {
                tag: entry.tag(),
                target: target.and_then(|target| self.attributes.target(&target)),
                parent,
                has_parts: false,
            };
            self.types.0.insert(entry.offset(), ty);
        }
    }

    /// Whether an entry is about this code.
    fn stays(&self, entry: &Entry<'a>) -> bool {
        if entry.depth() > MAX_DEPTH {
            return false;
        }
        let has = |name| entry.attr_value(name).is_some();
        entry.tag() != DW_TAG_subprogram
            || has(DW_AT_declaration)
            || has(DW_AT_inline)
            || self.functions.contains_key(&entry.offset())
    }

    /// Reserves the second copies of types.
    fn reserve_pointees(&mut self) {
        if self.places.is_none_or(|places| places.pointee().is_none()) {
            return;
        }
        let pointers = self.types.0.values().filter(|ty| POINTERS.contains(&ty.tag));
        let mut next: Vec<UnitOffset> = pointers.filter_map(|ty| ty.target).collect();
        // The same entries in the same order each time.
        next.sort_unstable_by_key(|offset| offset.0);
        while let Some(offset) = next.pop() {
            if self.pointees.contains_key(&offset) || self.types.data(offset).is_none() {
                continue;
            }
            let ty = &self.types.0[&offset];
            if NAMES.contains(&ty.tag) {
                next.extend(ty.target);
            }
            let (parent, tag) = (ty.parent, ty.tag);
            if let Some(copy) = self.reserve_below(parent, tag) {
                self.pointees.insert(offset, copy);
            }
        }
    }

    /// Whether what an entry is an instance of is one of something, and so on, up to one that is not.
    fn has_origin(&self, mut offset: UnitOffset) -> bool {
        for _ in 0..MAX_HOPS {
            match self.origins.get(&offset) {
                Some(&origin) => offset = origin,
                None => return true,
            }
        }
        false
    }

    /// Gives the copies of an entry their attributes.
    fn complete(&mut self, entry: &Entry<'a>, around: &mut Vec<Scope>) {
        let parent = enclosing(entry, around);
        let function = self.functions.get(&entry.offset()).copied();
        let mut scope = Scope {
            depth: entry.depth(),
            offset: entry.offset(),
            copy: self.copies.get(&entry.offset()).copied(),
            pointee: self.pointees.get(&entry.offset()).copied(),
            function: function.or_else(|| parent?.function),
        };
        if let Some(copy) = scope.copy {
            self.copy_attributes(copy, entry);
            self.place_entry(copy, entry, function, scope.function);
        }
        // A part of a type has two copies where the type has.
        if let Some(parent) = parent.and_then(|parent| parent.pointee)
            && PARTS.contains(&entry.tag())
        {
            scope.pointee = self.reserve_below(parent, entry.tag());
        }
        if let Some(pointee) = scope.pointee {
            self.copy_attributes(pointee, entry);
            self.move_elsewhere(pointee, entry);
        }
        around.push(scope);
    }

    /// Copies the attributes of an entry that mean the same.
    fn copy_attributes(&mut self, copy: UnitEntryId, entry: &Entry<'a>) {
        for attribute in entry.attrs() {
            let (name, value) = (attribute.name(), attribute.value());
            let refused =
                name == DW_AT_type && NAMES.contains(&entry.tag()) && !self.types.ends(entry.offset())
                    || ORIGINS.contains(&name) && !self.has_origin(entry.offset());
            if !refused {
                self.attributes.copy(copy, name, value, &self.copies);
            }
        }
        if POINTERS.contains(&entry.tag()) {
            self.lead_elsewhere(copy, entry);
            let size = self
                .places
                .map_or(self.source().read.address_size(), Places::address_size);
            self.set(copy, DW_AT_byte_size, AttributeValue::Udata(u64::from(size)));
        }
    }

    /// Lets the copy of an entry that leads to a type lead to the second copy of that.
    fn lead_elsewhere(&mut self, copy: UnitEntryId, entry: &Entry<'a>) {
        if let Some(value) = entry.attr_value(DW_AT_type) {
            self.attributes.copy(copy, DW_AT_type, value, &self.pointees);
        }
    }

    /// Says of the second copy of a type that its data lie elsewhere.
    fn move_elsewhere(&mut self, copy: UnitEntryId, entry: &Entry<'a>) {
        if NAMES.contains(&entry.tag()) {
            self.lead_elsewhere(copy, entry);
        }
        // Those with a quality are one with the type that has it.
        let own = PLACED.contains(&entry.tag()) || entry.tag() == DW_TAG_typedef;
        if own
            && self.types.is_placed(entry.offset())
            && let Some(place) = self.places.and_then(Places::pointee)
        {
            self.set(copy, DW_AT_data_location, AttributeValue::Exprloc(place));
        }
    }

    /// Says where something is: the function whose entry it is, or a part of a function.
    fn place_entry(
        &mut self,
        copy: UnitEntryId,
        entry: &Entry<'a>,
        function: Option<usize>,
        around: Option<usize>,
    ) {
        if let Some(position) = function {
            self.function(copy, entry, position);
        } else if VARIABLES.contains(&entry.tag()) {
            self.location(copy, entry, around);
        } else if BLOCKS.contains(&entry.tag())
            && let Some(position) = around
        {
            self.ranges(copy, entry, position);
        }
    }

    fn set(&mut self, copy: UnitEntryId, name: DwAt, value: AttributeValue) {
        self.attributes.unit.unit.get_mut(copy).set(name, value);
    }

    /// Adds the entry of a function of which nothing but lines are known.
    fn add_nameless(&mut self, position: usize) {
        let root = self.attributes.unit.unit.root();
        let Some(copy) = self.reserve_below(root, DW_TAG_subprogram) else {
            return;
        };
        self.addresses(copy, position);
        let name = text(self.code(position).name.clone());
        self.set_name(copy, name);
        self.set(copy, DW_AT_external, AttributeValue::FlagPresent);
    }

    fn addresses(&mut self, copy: UnitEntryId, position: usize) {
        let code = self.code(position);
        let address = Address::Constant(self.source().image.address(code));
        self.set(copy, DW_AT_low_pc, AttributeValue::Address(address));
        self.set(copy, DW_AT_high_pc, AttributeValue::Udata(u64::from(code.len())));
        // Debuggers would call it by the system's convention.
        self.set(
            copy,
            DW_AT_calling_convention,
            AttributeValue::CallingConvention(DW_CC_nocall),
        );
    }

    /// Says where a function is, and its frame.
    fn function(&mut self, copy: UnitEntryId, entry: &Entry<'a>, position: usize) {
        self.addresses(copy, position);
        let made = self.attributes.unit.unit.get(copy);
        let mut named_by = ORIGINS.into_iter().chain([DW_AT_name]);
        if named_by.all(|name| made.get(name).is_none()) {
            let name = text(self.code(position).name.clone());
            self.set_name(copy, name);
        }
        let encoding = self.source().read.encoding();
        if let Some(Value::Exprloc(base)) = entry.attr_value(DW_AT_frame_base)
            && let Some((places, values)) = self.places.zip(self.values(position))
            && let Some(base) = places.frame_base(base, encoding, values)
        {
            self.set(copy, DW_AT_frame_base, AttributeValue::Exprloc(base));
        }
    }

    fn values(&self, position: usize) -> Option<&'s FrameValues> {
        self.code(position).frame?.values.as_ref()
    }

    /// The code of instructions of a function, by their addresses in the module's DWARF.
    fn addresses_of(&self, position: usize, instructions: Range<u64>) -> Option<Range<u64>> {
        let source = self.source();
        let code = self.code(position);
        let shift = source.reader.code_start as u64;
        let offset = |address: u64| address.saturating_add(shift);
        let straight = self.straight.get(&position)?;
        let range = straight.code(&(offset(instructions.start)..offset(instructions.end)))?;
        let address = source.image.address(code);
        Some(address + u64::from(range.start)..address + u64::from(range.end))
    }

    /// Says where a part of a function is.
    fn ranges(&mut self, copy: UnitEntryId, entry: &Entry<'a>, position: usize) {
        let mut ranges = Vec::new();
        let source = self.source();
        let _: Result<()> = source.reader.debug.ranges(source.read, entry, |range| {
            if let Some(range) = self.addresses_of(position, range) {
                ranges.push(gimli::write::Range::StartEnd {
                    begin: Address::Constant(range.start),
                    end: Address::Constant(range.end),
                });
            }
            Ok(())
        });
        if ranges.is_empty() {
            return;
        }
        let list = self.attributes.unit.unit.ranges.add(RangeList(ranges));
        self.set(copy, DW_AT_ranges, AttributeValue::RangeListRef(list));
    }

    /// Says where a variable is, and, if that needs another type, its type.
    fn location(&mut self, copy: UnitEntryId, entry: &Entry<'a>, function: Option<usize>) {
        let Some(value) = entry.attr_value(DW_AT_location) else {
            return;
        };
        let (form, ty) = self.form(entry);
        let variable = Variable {
            function,
            values: function.and_then(|position| self.values(position)),
            form,
        };
        let location = match value {
            Value::Exprloc(expression) => self.place(expression, &variable).map(AttributeValue::Exprloc),
            value => {
                let list = self.list(value, &variable);
                (!list.is_empty()).then(|| {
                    let list = self.attributes.unit.unit.locations.add(LocationList(list));
                    AttributeValue::LocationListRef(list)
                })
            }
        };
        let Some(location) = location else { return };
        self.set(copy, DW_AT_location, location);
        if let Some(ty) = ty {
            self.set(copy, DW_AT_type, AttributeValue::UnitRef(ty));
        }
    }

    /// In which form a variable is shown, and its type in that form, if it is another one.
    fn form(&mut self, entry: &Entry<'a>) -> (Form, Option<UnitEntryId>) {
        const PLAIN: (Form, Option<UnitEntryId>) = (Form::Plain, None);
        let ty = entry.attr_value(DW_AT_type);
        let ty = ty.and_then(|ty| self.types.data(self.attributes.target(&ty)?));
        let Some((offset, tag, target)) = ty.and_then(|offset| {
            let Type { tag, target, .. } = self.types.0[&offset];
            Some((offset, tag, target?))
        }) else {
            return PLAIN;
        };
        let Some(&referred) = self.copies.get(&target).filter(|_| POINTERS.contains(&tag)) else {
            return PLAIN;
        };
        if tag != DW_TAG_pointer_type {
            return (Form::Reference, Some(referred));
        }
        if self.types.data(target).is_none() || self.types.is_placed(target) {
            return PLAIN;
        }
        if let Some(&known) = self.natives.get(&offset) {
            return (Form::Pointer, Some(known));
        }
        let root = self.attributes.unit.unit.root();
        let Some(native) = self.reserve_below(root, DW_TAG_pointer_type) else {
            return PLAIN;
        };
        self.set(native, DW_AT_byte_size, AttributeValue::Udata(8));
        self.set(native, DW_AT_type, AttributeValue::UnitRef(referred));
        self.natives.insert(offset, native);
        (Form::Pointer, Some(native))
    }

    fn place(&self, expression: Read<'a>, variable: &Variable<'_>) -> Option<Expression> {
        let encoding = self.source().read.encoding();
        self.places?
            .location(expression, encoding, variable.values, variable.form)
    }

    /// The places of a variable in parts of its function, as far as they can be read.
    fn list(&self, value: Value<'a>, variable: &Variable<'_>) -> Vec<Location> {
        let mut list = Vec::new();
        let (debug, read) = (&self.source().reader.debug, self.source().read);
        let (Some(position), Ok(Some(mut entries))) =
            (variable.function, debug.dwarf.attr_locations(read, value))
        else {
            return list;
        };
        while let Ok(Some(entry)) = entries.next()
            && debug.budget.pay(1).is_ok()
        {
            let range = self.addresses_of(position, entry.range.begin..entry.range.end);
            if let Some(range) = range
                && let Some(data) = self.place(entry.data, variable)
            {
                list.push(Location::StartEnd {
                    begin: Address::Constant(range.start),
                    end: Address::Constant(range.end),
                    data,
                });
            }
        }
        list
    }

    /// Adds a variable that is the program's memory.
    fn add_memory(&mut self) -> Option<()> {
        let place = self.places?.memory()?;
        let root = self.attributes.unit.unit.root();
        let byte = self.reserve_below(root, DW_TAG_base_type)?;
        self.set_name(byte, "unsigned char");
        self.set(byte, DW_AT_byte_size, AttributeValue::Udata(1));
        self.set(
            byte,
            DW_AT_encoding,
            AttributeValue::Encoding(DW_ATE_unsigned_char),
        );
        let bytes = self.reserve_below(root, DW_TAG_array_type)?;
        self.set(bytes, DW_AT_type, AttributeValue::UnitRef(byte));
        self.reserve_below(bytes, DW_TAG_subrange_type)?;
        let memory = self.reserve_below(root, DW_TAG_variable)?;
        self.set_name(memory, "wasm_memory");
        self.set(memory, DW_AT_type, AttributeValue::UnitRef(bytes));
        self.set(memory, DW_AT_location, AttributeValue::Exprloc(place));
        Some(())
    }

    fn set_name(&mut self, copy: UnitEntryId, name: impl Into<Vec<u8>>) {
        let name = AttributeValue::StringRef(self.attributes.strings.add(name));
        self.set(copy, DW_AT_name, name);
    }
}

/// The scope directly around an entry. Those that it is not in have ended.
fn enclosing(entry: &Entry<'_>, around: &mut Vec<Scope>) -> Option<Scope> {
    while around.last().is_some_and(|scope| scope.depth >= entry.depth()) {
        around.pop();
    }
    around.last().copied()
}
