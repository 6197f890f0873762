//! Every form and page of the console against everything that may go wrong.
//! `table` names them, one line each; `census` finds them through the front
//! door and in the sources, so that none is missing there; the other files go
//! through the lines, each with one concern.

mod census;
mod enter;
mod hostile;
mod pages;
mod refused;
mod repeat;
mod scene;
mod sheet;
mod table;
mod world;
mod writers;
