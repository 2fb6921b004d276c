//! Assembled programs in, what a person or a runtime sees of their run out.

mod arrays;
mod assembler;
mod dicts;
mod functions;
mod interface;
mod lists;
mod models;
mod objects;
mod public;
mod secrets;
mod slices;
mod text;
mod world;
