//! Functions of the C API that Transom cannot do: those about components.
//!
//! Programs are linked against all symbols at once, as Python's package `wasmtime` does, so the symbols exist. What returns an error returns one;
//! the others are only reached with a component, which cannot be made, and end the process with a message.

use std::ffi::c_void;
use wasmtime_c_api::wasmtime::Error;
use wasmtime_c_api::wasmtime_error_t;

macro_rules! errors {
    ($($name:ident;)*) => {
        $(
        /// Always an error.
        #[unsafe(no_mangle)]
        pub extern "C" fn $name() -> Option<Box<wasmtime_error_t>> {
            let error = Error::msg(concat!("`", stringify!($name), "`: Transom does not support components yet"));
            Some(Box::new(error.into()))
        }
        )*
    };
}

macro_rules! aborts {
    ($($name:ident;)*) => {
        $(
        /// Ends the process.
        #[unsafe(no_mangle)]
        pub extern "C" fn $name() -> ! {
            eprintln!(concat!("`", stringify!($name), "`: Transom does not support components yet"));
            std::process::abort()
        }
        )*
    };
}

macro_rules! settings {
    ($($name:ident;)*) => {
        $(
        /// Has no effect: a component cannot be made in either case.
        #[unsafe(no_mangle)]
        pub extern "C" fn $name(_config: *mut c_void, _enable: bool) {}
        )*
    };
}

settings! {
    wasmtime_config_wasm_component_model_async_set;
    wasmtime_config_wasm_component_model_async_stackful_set;
    wasmtime_config_wasm_component_model_map_set;
    wasmtime_config_wasm_component_model_more_async_builtins_set;
    wasmtime_config_wasm_component_model_set;
}

errors! {
    wasmtime_component_deserialize;
    wasmtime_component_deserialize_file;
    wasmtime_component_func_call;
    wasmtime_component_func_post_return;
    wasmtime_component_linker_add_wasi_http;
    wasmtime_component_linker_add_wasi_http_async;
    wasmtime_component_linker_add_wasip2;
    wasmtime_component_linker_add_wasip2_async;
    wasmtime_component_linker_define_unknown_imports_as_traps;
    wasmtime_component_linker_instance_add_func;
    wasmtime_component_linker_instance_add_func_async;
    wasmtime_component_linker_instance_add_instance;
    wasmtime_component_linker_instance_add_module;
    wasmtime_component_linker_instance_add_resource;
    wasmtime_component_linker_instantiate;
    wasmtime_component_new;
    wasmtime_component_resource_any_drop;
    wasmtime_component_resource_any_to_host;
    wasmtime_component_resource_host_to_any;
    wasmtime_component_serialize;
}

aborts! {
    wasmtime_component_clone;
    wasmtime_component_delete;
    wasmtime_component_enum_type_clone;
    wasmtime_component_enum_type_delete;
    wasmtime_component_enum_type_equal;
    wasmtime_component_enum_type_names_count;
    wasmtime_component_enum_type_names_nth;
    wasmtime_component_export_index_clone;
    wasmtime_component_export_index_delete;
    wasmtime_component_fixed_length_list_type_clone;
    wasmtime_component_fixed_length_list_type_delete;
    wasmtime_component_fixed_length_list_type_element;
    wasmtime_component_fixed_length_list_type_equal;
    wasmtime_component_flags_type_clone;
    wasmtime_component_flags_type_delete;
    wasmtime_component_flags_type_equal;
    wasmtime_component_flags_type_names_count;
    wasmtime_component_flags_type_names_nth;
    wasmtime_component_func_call_async;
    wasmtime_component_func_type;
    wasmtime_component_func_type_async;
    wasmtime_component_func_type_clone;
    wasmtime_component_func_type_delete;
    wasmtime_component_func_type_param_count;
    wasmtime_component_func_type_param_nth;
    wasmtime_component_func_type_result;
    wasmtime_component_future_type_clone;
    wasmtime_component_future_type_delete;
    wasmtime_component_future_type_equal;
    wasmtime_component_future_type_ty;
    wasmtime_component_get_export_index;
    wasmtime_component_instance_get_export_index;
    wasmtime_component_instance_get_func;
    wasmtime_component_instance_type_clone;
    wasmtime_component_instance_type_delete;
    wasmtime_component_instance_type_export_count;
    wasmtime_component_instance_type_export_get;
    wasmtime_component_instance_type_export_nth;
    wasmtime_component_item_clone;
    wasmtime_component_item_delete;
    wasmtime_component_linker_allow_shadowing;
    wasmtime_component_linker_delete;
    wasmtime_component_linker_instance_delete;
    wasmtime_component_linker_instantiate_async;
    wasmtime_component_linker_new;
    wasmtime_component_linker_root;
    wasmtime_component_list_type_clone;
    wasmtime_component_list_type_delete;
    wasmtime_component_list_type_element;
    wasmtime_component_list_type_equal;
    wasmtime_component_map_type_clone;
    wasmtime_component_map_type_delete;
    wasmtime_component_map_type_equal;
    wasmtime_component_map_type_key;
    wasmtime_component_map_type_value;
    wasmtime_component_option_type_clone;
    wasmtime_component_option_type_delete;
    wasmtime_component_option_type_equal;
    wasmtime_component_option_type_ty;
    wasmtime_component_record_type_clone;
    wasmtime_component_record_type_delete;
    wasmtime_component_record_type_equal;
    wasmtime_component_record_type_field_count;
    wasmtime_component_record_type_field_nth;
    wasmtime_component_resource_any_clone;
    wasmtime_component_resource_any_delete;
    wasmtime_component_resource_any_owned;
    wasmtime_component_resource_any_type;
    wasmtime_component_resource_host_clone;
    wasmtime_component_resource_host_delete;
    wasmtime_component_resource_host_new;
    wasmtime_component_resource_host_owned;
    wasmtime_component_resource_host_rep;
    wasmtime_component_resource_host_type;
    wasmtime_component_resource_type_clone;
    wasmtime_component_resource_type_delete;
    wasmtime_component_resource_type_equal;
    wasmtime_component_resource_type_new_host;
    wasmtime_component_result_type_clone;
    wasmtime_component_result_type_delete;
    wasmtime_component_result_type_equal;
    wasmtime_component_result_type_err;
    wasmtime_component_result_type_ok;
    wasmtime_component_stream_type_clone;
    wasmtime_component_stream_type_delete;
    wasmtime_component_stream_type_equal;
    wasmtime_component_stream_type_ty;
    wasmtime_component_tuple_type_clone;
    wasmtime_component_tuple_type_delete;
    wasmtime_component_tuple_type_equal;
    wasmtime_component_tuple_type_types_count;
    wasmtime_component_tuple_type_types_nth;
    wasmtime_component_type;
    wasmtime_component_type_clone;
    wasmtime_component_type_delete;
    wasmtime_component_type_export_count;
    wasmtime_component_type_export_get;
    wasmtime_component_type_export_nth;
    wasmtime_component_type_import_count;
    wasmtime_component_type_import_get;
    wasmtime_component_type_import_nth;
    wasmtime_component_val_clone;
    wasmtime_component_val_delete;
    wasmtime_component_val_free;
    wasmtime_component_val_new;
    wasmtime_component_valflags_copy;
    wasmtime_component_valflags_delete;
    wasmtime_component_valflags_new;
    wasmtime_component_valflags_new_empty;
    wasmtime_component_valflags_new_uninit;
    wasmtime_component_vallist_copy;
    wasmtime_component_vallist_delete;
    wasmtime_component_vallist_new;
    wasmtime_component_vallist_new_empty;
    wasmtime_component_vallist_new_uninit;
    wasmtime_component_valmap_copy;
    wasmtime_component_valmap_delete;
    wasmtime_component_valmap_new;
    wasmtime_component_valmap_new_empty;
    wasmtime_component_valmap_new_uninit;
    wasmtime_component_valrecord_copy;
    wasmtime_component_valrecord_delete;
    wasmtime_component_valrecord_new;
    wasmtime_component_valrecord_new_empty;
    wasmtime_component_valrecord_new_uninit;
    wasmtime_component_valtuple_copy;
    wasmtime_component_valtuple_delete;
    wasmtime_component_valtuple_new;
    wasmtime_component_valtuple_new_empty;
    wasmtime_component_valtuple_new_uninit;
    wasmtime_component_valtype_clone;
    wasmtime_component_valtype_delete;
    wasmtime_component_valtype_equal;
    wasmtime_component_variant_type_case_count;
    wasmtime_component_variant_type_case_nth;
    wasmtime_component_variant_type_clone;
    wasmtime_component_variant_type_delete;
    wasmtime_component_variant_type_equal;
    wasmtime_context_set_wasi_http;
    wasmtime_module_type_clone;
    wasmtime_module_type_delete;
    wasmtime_module_type_export_count;
    wasmtime_module_type_export_nth;
    wasmtime_module_type_import_count;
    wasmtime_module_type_import_nth;
}
