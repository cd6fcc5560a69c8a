//! Ways out, and ways to more than was given: each is refused with the right error, and nothing changes anywhere.

mod files;
mod links;
mod races;
mod rights;
mod world;
