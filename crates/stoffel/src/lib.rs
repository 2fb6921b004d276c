//! The library behind every face: projects, programs, analyses, runs and clients.
