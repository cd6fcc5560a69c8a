//! What moving objects may break in compiled code.
