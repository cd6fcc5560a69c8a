//! Structure and array types, and the types of their fields.

use super::defined::{ArrayType, Finality, StructType};
use super::entity::Mutability;
use super::heap::HeapType;
use super::value::{RefType, ValType};
use crate::Engine;
use std::fmt;
use transom_error::{Result, ensure};
use transom_types::{CompositeType, RecRef, RegisteredType, SubType};

/// The storage type of a structure field or an array element (specification §2.3.9).
#[derive(Clone, Debug)]
pub enum StorageType {
    /// A packed 8-bit integer.
    I8,
    /// A packed 16-bit integer.
    I16,
    /// A value.
    ValType(ValType),
}

/// The type of a structure field or of array elements, with mutability (§2.3.9).
#[derive(Clone, Debug)]
pub struct FieldType {
    mutability: Mutability,
    element_type: StorageType,
}

impl StorageType {
    /// Whether this is the packed 8-bit integer type.
    pub fn is_i8(&self) -> bool {
        matches!(self, StorageType::I8)
    }

    /// Whether this is the packed 16-bit integer type.
    pub fn is_i16(&self) -> bool {
        matches!(self, StorageType::I16)
    }

    /// Whether this is a value type, not a packed type.
    pub fn is_val_type(&self) -> bool {
        matches!(self, StorageType::ValType(_))
    }

    /// The value type, or `None` if this is a packed type.
    pub fn as_val_type(&self) -> Option<&ValType> {
        match self {
            StorageType::ValType(ty) => Some(ty),
            _ => None,
        }
    }

    /// The value type.
    ///
    /// # Panics
    ///
    /// If this is a packed type.
    pub fn unwrap_val_type(&self) -> &ValType {
        self.as_val_type().expect("a storage type that is not packed")
    }

    /// The type of values that are read and written. For packed integers, this is `i32`.
    pub fn unpack(&self) -> &ValType {
        self.as_val_type().unwrap_or(&ValType::I32)
    }

    /// Whether values in fields of this type may be used where a field of the type `other` is expected.
    ///
    /// # Panics
    ///
    /// If the types belong to different engines.
    pub fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (StorageType::ValType(own), StorageType::ValType(other)) => own.matches(other),
            _ => StorageType::eq(self, other),
        }
    }

    /// Whether `a` and `b` are the same type.
    pub fn eq(a: &Self, b: &Self) -> bool {
        a.lower() == b.lower()
    }

    pub(super) fn lower(&self) -> transom_types::StorageType {
        match self {
            StorageType::I8 => transom_types::StorageType::I8,
            StorageType::I16 => transom_types::StorageType::I16,
            StorageType::ValType(ty) => transom_types::StorageType::Val(ty.lower()),
        }
    }

    fn lift(engine: &Engine, ty: transom_types::StorageType) -> StorageType {
        match ty {
            transom_types::StorageType::I8 => StorageType::I8,
            transom_types::StorageType::I16 => StorageType::I16,
            transom_types::StorageType::Val(ty) => StorageType::ValType(ValType::lift(engine, ty)),
        }
    }
}

impl From<ValType> for StorageType {
    fn from(ty: ValType) -> StorageType {
        StorageType::ValType(ty)
    }
}

impl From<RefType> for StorageType {
    fn from(ty: RefType) -> StorageType {
        StorageType::ValType(ty.into())
    }
}

impl fmt::Display for StorageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StorageType::I8 => f.write_str("i8"),
            StorageType::I16 => f.write_str("i16"),
            StorageType::ValType(ty) => ty.fmt(f),
        }
    }
}

impl FieldType {
    /// Creates the type of fields that store `element_type`.
    pub fn new(mutability: Mutability, element_type: StorageType) -> FieldType {
        FieldType {
            mutability,
            element_type,
        }
    }

    /// The mutability of the field.
    pub fn mutability(&self) -> Mutability {
        self.mutability
    }

    /// The storage type of the field.
    pub fn element_type(&self) -> &StorageType {
        &self.element_type
    }

    /// Whether fields of this type may be used where fields of the type `other` are expected. The types of mutable fields must be equal.
    ///
    /// ```
    /// # use transom::*;
    /// let field = |mutability, ty: RefType| FieldType::new(mutability, ty.into());
    /// let (eq, any) = (RefType::EQREF, RefType::ANYREF);
    /// assert!(field(Mutability::Const, eq.clone()).matches(&field(Mutability::Const, any.clone())));
    /// assert!(!field(Mutability::Var, eq).matches(&field(Mutability::Var, any)));
    /// ```
    ///
    /// # Panics
    ///
    /// If the types belong to different engines.
    pub fn matches(&self, other: &Self) -> bool {
        let own = &self.element_type;
        self.mutability == other.mutability
            && own.matches(&other.element_type)
            && (self.mutability.is_const() || other.element_type.matches(own))
    }

    /// Whether `a` and `b` are the same type.
    pub fn eq(a: &Self, b: &Self) -> bool {
        a.mutability == b.mutability && StorageType::eq(&a.element_type, &b.element_type)
    }

    pub(super) fn lower(&self) -> transom_types::FieldType {
        transom_types::FieldType {
            storage: self.element_type.lower(),
            mutable: self.mutability == Mutability::Var,
        }
    }

    pub(crate) fn lift(engine: &Engine, ty: transom_types::FieldType) -> FieldType {
        FieldType {
            mutability: if ty.mutable {
                Mutability::Var
            } else {
                Mutability::Const
            },
            element_type: StorageType::lift(engine, ty.storage),
        }
    }

    fn ensure_engine(&self, engine: &Engine) -> Result<()> {
        self.element_type.unpack().ensure_engine(engine)
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mutability {
            Mutability::Var => write!(f, "(mut {})", self.element_type),
            Mutability::Const => self.element_type.fmt(f),
        }
    }
}

/// Registers a type that is alone in its rec group.
fn register(
    engine: &Engine,
    finality: Finality,
    supertype: Option<(&Engine, &RegisteredType)>,
    composite: CompositeType,
) -> Result<RegisteredType> {
    if let Some((other, _)) = supertype {
        ensure!(
            Engine::same(engine, other),
            "the supertype belongs to another engine"
        );
    }
    let sub = SubType {
        is_final: finality == Finality::Final,
        supertype: supertype.map(|(_, ty)| ty.id()),
        composite,
    };
    let group = engine.registry().intern(vec![sub.map(RecRef::Outer)])?;
    Ok(group.get(0).expect("a group of one type has a first"))
}

impl StructType {
    /// Creates a final structure type without a supertype, alone in its rec group.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let field = FieldType::new(Mutability::Var, StorageType::I8);
    /// let ty = StructType::new(&engine, [field])?;
    /// assert_eq!(ty.to_string(), "(struct (field (mut i8)))");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A field's type belongs to another engine.
    pub fn new(engine: &Engine, fields: impl IntoIterator<Item = FieldType>) -> Result<StructType> {
        StructType::with_finality_and_supertype(engine, Finality::Final, None, fields)
    }

    /// Creates a structure type, alone in its rec group.
    ///
    /// # Errors
    ///
    /// `supertype` is final, the fields do not match its fields, or a type belongs to another engine.
    pub fn with_finality_and_supertype(
        engine: &Engine,
        finality: Finality,
        supertype: Option<&StructType>,
        fields: impl IntoIterator<Item = FieldType>,
    ) -> Result<StructType> {
        // The types given are kept until the new one is registered, and keeps them itself.
        let fields: Vec<FieldType> = fields.into_iter().collect();
        for field in &fields {
            field.ensure_engine(engine)?;
        }
        let composite = CompositeType::Struct(fields.iter().map(FieldType::lower).collect());
        let supertype = supertype.map(|ty| (ty.engine(), ty.registered()));
        Ok(StructType::of(
            engine,
            register(engine, finality, supertype, composite)?,
        ))
    }

    pub(crate) fn lowered(&self) -> &[transom_types::FieldType] {
        let fields = self.registered().sub_type().composite.as_struct();
        fields.expect("a structure type")
    }

    /// The types of the fields.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = FieldType> + '_ {
        let lift = |&field| FieldType::lift(self.engine(), field);
        self.lowered().iter().map(lift)
    }

    /// The type of the field at `index`, or `None` if there is no such field.
    pub fn field(&self, index: usize) -> Option<FieldType> {
        self.fields().nth(index)
    }
}

impl ArrayType {
    /// Creates a final array type without a supertype, alone in its rec group.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let bytes = ArrayType::new(&engine, FieldType::new(Mutability::Var, StorageType::I8));
    /// assert!(bytes.element_type().is_i8() && bytes.mutability().is_var());
    /// assert!(bytes.element_type().unpack().is_i32(), "the type of a value that is read");
    /// ```
    ///
    /// # Panics
    ///
    /// If the field's type belongs to another engine.
    pub fn new(engine: &Engine, field: FieldType) -> ArrayType {
        ArrayType::with_finality_and_supertype(engine, Finality::Final, None, field)
            .expect("a type without a supertype can only be wrong about its engine")
    }

    /// Creates an array type, alone in its rec group.
    ///
    /// # Errors
    ///
    /// `supertype` is final, the elements do not match its elements, or a type belongs to another engine.
    pub fn with_finality_and_supertype(
        engine: &Engine,
        finality: Finality,
        supertype: Option<&ArrayType>,
        field: FieldType,
    ) -> Result<ArrayType> {
        field.ensure_engine(engine)?;
        let composite = CompositeType::Array(field.lower());
        let supertype = supertype.map(|ty| (ty.engine(), ty.registered()));
        Ok(ArrayType::of(
            engine,
            register(engine, finality, supertype, composite)?,
        ))
    }

    pub(crate) fn lowered(&self) -> &transom_types::FieldType {
        let element = self.registered().sub_type().composite.as_array();
        element.expect("an array type")
    }

    /// The type and mutability of the elements.
    pub fn field_type(&self) -> FieldType {
        FieldType::lift(self.engine(), *self.lowered())
    }

    /// The mutability of the elements.
    pub fn mutability(&self) -> Mutability {
        self.field_type().mutability()
    }

    /// The storage type of an element.
    pub fn element_type(&self) -> StorageType {
        self.field_type().element_type().clone()
    }
}

impl From<StructType> for HeapType {
    fn from(ty: StructType) -> HeapType {
        HeapType::ConcreteStruct(ty)
    }
}

impl From<ArrayType> for HeapType {
    fn from(ty: ArrayType) -> HeapType {
        HeapType::ConcreteArray(ty)
    }
}
