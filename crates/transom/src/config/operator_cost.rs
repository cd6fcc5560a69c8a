//! The cost of instructions in fuel, as a table.

use super::Config;
use transom_module::wasmparser;

macro_rules! variable_costs {
    ($($name:ident = $default:literal;)*) => {
        /// The fuel that an instruction takes for each byte, element or page that it works on, in the `wasmtime` crate.
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #[allow(missing_docs, reason = "the names say it")]
        pub struct VariableOperatorCost {
            $(pub $name: u8,)*
        }

        impl VariableOperatorCost {
            /// The defaults of the `wasmtime` crate. Transom's own costs are in [`Config::consume_fuel`].
            pub const fn new() -> Self {
                VariableOperatorCost {
                    $($name: $default,)*
                }
            }
        }
    };
}

variable_costs! {
    memory_copy_per_byte = 1;
    memory_fill_per_byte = 1;
    memory_init_per_byte = 1;
    memory_grow_per_page = 0;
    table_copy_per_element = 1;
    table_fill_per_element = 1;
    table_init_per_element = 1;
    table_grow_per_element = 1;
    array_copy_per_element = 1;
    array_fill_per_element = 1;
    array_new_data_per_element = 1;
    array_init_data_per_element = 1;
    array_new_elem_per_element = 1;
    array_init_elem_per_element = 1;
    array_new_default_per_element = 1;
    array_new_per_element = 1;
}

impl Default for VariableOperatorCost {
    fn default() -> Self {
        VariableOperatorCost::new()
    }
}

/// The cost of one instruction unless a table says otherwise.
macro_rules! default_cost {
    (Nop) => {
        0
    };
    (Drop) => {
        0
    };
    (Block) => {
        0
    };
    (Loop) => {
        0
    };
    (Unreachable) => {
        0
    };
    (Return) => {
        0
    };
    (Else) => {
        0
    };
    (End) => {
        0
    };
    ($name:ident) => {
        1
    };
}

macro_rules! costs {
    ($(@$proposal:ident $name:ident $({ $($field:ident: $ty:ty),* })? => $visit:ident ($($rest:tt)*))*) => {
        /// The fuel that each instruction takes; see [`Config::operator_cost`].
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #[allow(missing_docs, non_snake_case, reason = "the names of instructions")]
        pub struct OperatorCost {
            $(pub $name: u8,)*
            /// Fuel beyond these costs.
            pub variable: VariableOperatorCost,
        }

        impl OperatorCost {
            /// The default costs.
            pub const fn new() -> Self {
                OperatorCost {
                    $($name: default_cost!($name),)*
                    variable: VariableOperatorCost::new(),
                }
            }
        }
    };
}

wasmparser::for_each_operator!(costs);

impl Default for OperatorCost {
    fn default() -> Self {
        OperatorCost::new()
    }
}

impl Config {
    /// The fuel that each instruction takes. [`consume_fuel`](Self::consume_fuel) lists the costs, which are fixed: with other costs
    /// than the default, [`Engine::new`](crate::Engine::new) fails.
    pub fn operator_cost(&mut self, cost: OperatorCost) -> &mut Self {
        let other = cost != OperatorCost::new();
        let problem = "the costs of instructions are fixed; try: a larger or smaller amount of fuel in `Store::set_fuel`";
        let value = if other {
            "other costs than the default"
        } else {
            "the default"
        };
        self.judge("operator_cost", value, other.then_some(problem))
    }
}
