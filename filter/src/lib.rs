//! The Wasm module: a thin shell that lets a proxy-wasm host drive `dragoman-core`'s exchanges. It decides nothing.
//!
//! One module, two stages in one VM. `inbound` is a filter of the listener and sees each client request once; `outbound`
//! is a filter of the router's upstream chain and sees each attempt. They meet in `meeting`: outbound borrows the
//! exchange, and with it the configuration, of the inbound stream that it works for, so it has none of its own.
//! A mesh offers no place in the upstream chain: there inbound composes inline, and `gate` stands behind it.

mod answer;
mod gate;
mod host;
mod inbound;
mod meeting;
mod metrics;
mod outbound;
mod rest;
mod tokens;
mod waiting;

use std::rc::Rc;

use dragoman_core::config::Gateway;
use dragoman_core::plugin::{self, Plugin as Part};
use dragoman_core::token::TICK;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

mod entry {
    use super::*;

    proxy_wasm::main! {{
        proxy_wasm::set_root_context(|_| Box::new(Plugin::default()));
    }}
}

/// One use of the module.
#[derive(Default)]
struct Plugin {
    part: Part,
}

impl Plugin {
    /// What inbound is configured with.
    fn gateway(&self) -> Option<&Gateway> {
        if let Part::Inbound(gateway) = &self.part { Some(gateway) } else { None }
    }

    /// Fetches credentials that are due, and looks after who waits for one.
    fn tend(&self) {
        self.gateway().iter().for_each(|gateway| tokens::tend(gateway, true));
        waiting::look();
        host::calm_ticks(if self.gateway().is_some_and(Gateway::fetches) { TICK } else { 0 });
    }
}

impl Context for Plugin {
    fn on_http_call_response(&mut self, call: u32, _: usize, size: usize, _: usize) {
        self.gateway().iter().for_each(|gateway| tokens::answered(gateway, call, size));
        self.tend();
    }
}

impl RootContext for Plugin {
    fn on_configure(&mut self, size: usize) -> bool {
        let text = host::bytes(host::Buffer::PluginConfiguration, 0, size).unwrap_or_default();
        match plugin::read(&text, &|name| std::env::var(name).ok()) {
            Ok(part) => self.part = part,
            Err(problem) => {
                host::log(host::Level::Error, &format!("dragoman: {problem}"));
                return false;
            }
        }
        match &self.part {
            Part::Inbound(gateway) => {
                host::log(host::Level::Info, &format!("dragoman: configuration {} is in force", gateway.identity));
                gateway.fetches().then(|| host::tick_every(TICK));
                // Envoy tries a configuration in a VM that it throws away: nothing is fetched before that is over.
                tokens::tend(gateway, false);
            }
            Part::Gate => gate::with(|gates| gates.build()),
            Part::Outbound => {}
        }
        true
    }

    fn on_tick(&mut self) {
        self.tend();
    }

    fn create_http_context(&self, id: u32) -> Option<Box<dyn HttpContext>> {
        Some(match &self.part {
            Part::Inbound(gateway) => Box::new(inbound::Inbound::new(id, Rc::clone(gateway))),
            Part::Outbound => Box::new(outbound::Outbound::default()),
            Part::Gate => Box::new(gate::Gate { id, inbound: None }),
        })
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
