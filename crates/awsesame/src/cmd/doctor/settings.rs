//! Checks our own settings, and reports variables that have our prefix but no meaning.

use awsesame_core::checkup::{is_meaningless, meant_variable};
use awsesame_core::fault::Fault;
use awsesame_core::name::{Shown, Typed};

use super::CheckContext;
use super::finding::Finding;

pub(super) fn look(checked: &CheckContext<'_>) -> Vec<Finding> {
    let context = checked.runner.context;
    let mut found = vec![match (crate::config::read(context), context.folders().settings()) {
        (Err(fault), _) => Finding::fault(&fault),
        (Ok(_), Some(path)) if path.exists() => {
            Finding::good(format!("`{}` is understood", context.folders().shown(&path)))
        }
        (Ok(_), _) => Finding::good("no config.toml: every setting has its default"),
    }];
    for variable in context.variable_names().iter().filter(|name| is_meaningless(name)) {
        let meant =
            meant_variable(variable).map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
        let finding = Finding::note(format!("{} has no meaning{meant}", Shown(variable)));
        found.push(finding.type_in(format!("unset {}", Typed(variable))));
    }
    found.push(match &checked.plan {
        Ok(plan) => Finding::good(format!(
            "{} has a plan; awsesame explain{} shows it",
            plan.subject,
            plan.subject.flag()
        )),
        Err(Fault::NoProfileNamed { one, .. } | Fault::DefaultIncomplete { one }) => {
            Finding::note("no profile is named: neither the endpoint nor the account is checked")
                .type_in(format!("awsesame doctor{}", one.flag()))
        }
        Err(fault) => Finding::fault(fault),
    });
    found
}
