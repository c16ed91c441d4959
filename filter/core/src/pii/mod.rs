//! Personal data and secrets in text: what there is to find, and how it is found while the text is still arriving.
//! Not where in a request or an answer the text stands: that is `request::guard`'s and `response`'s.

pub mod entity;
