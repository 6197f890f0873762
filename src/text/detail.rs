//! Words of a project's pages.

use super::Text;

texts! {
    OVERVIEW = "Overview", "概况";
}
