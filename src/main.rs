//! The program: arguments, logger, exit status.
#![recursion_limit = "256"]

use std::process::ExitCode;

use tidewire::cli::{self, Outcome};

fn main() -> ExitCode {
    let outcome = cli::parse(std::env::args_os());
    let outcome = match outcome {
        Ok(command) => run(command),
        Err(outcome) => outcome,
    };
    outcome.report()
}

fn run(command: cli::Command) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return Outcome::failed(&format!("the runtime can't be started: {error}"), ""),
    };
    let outcome = match command {
        cli::Command::Serve(serve) => {
            tidewire::telemetry::start_log(&serve.settings.log);
            match runtime.block_on(tidewire::app::serve(serve.settings, serve.data)) {
                Ok(()) => Outcome::done(),
                Err(error) => Outcome::failed(&format!("{error:#}"), ""),
            }
        }
        cli::Command::Client(client) => runtime.block_on(cli::run(*client)),
    };
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    outcome
}
