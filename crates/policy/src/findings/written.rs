//! Writes a drafted policy as IAM's JSON, or as Terraform's HCL with the same content. The elements have the order of
//! AWS's guide.

use std::fmt::Write as _;

use crate::findings::draft::{Clause, Draft, Form};

/// A value to be written.
enum Node {
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Draft {
    /// Returns a JSON document with a line end.
    pub fn json(&self) -> String {
        let mut text = String::new();
        json(&self.node(), 0, &mut text);
        text.push('\n');
        text
    }

    /// Returns Terraform code: a managed policy, a policy of the organization, or for a trust policy a local value for
    /// a role.
    pub fn hcl(&self) -> String {
        let mut document = String::new();
        hcl(&self.node(), 1, &mut document);
        let (name, label) = (self.name, self.name.replace('-', "_"));
        match self.form {
            Form::Identity => format!(
                "resource \"aws_iam_policy\" \"{label}\" {{\n  name   = \"{name}\"\n  policy = jsonencode({document})\n}}\n"
            ),
            Form::ServiceControl => format!(
                "resource \"aws_organizations_policy\" \"{label}\" {{\n  name    = \"{name}\"\n  content = jsonencode({document})\n}}\n"
            ),
            Form::Trust => format!("locals {{\n  {label} = jsonencode({document})\n}}\n"),
        }
    }

    fn node(&self) -> Node {
        Node::Object(vec![
            ("Version".into(), Node::Text("2012-10-17".into())),
            ("Statement".into(), Node::List(self.statements.iter().map(Clause::node).collect())),
        ])
    }
}

impl Clause {
    fn node(&self) -> Node {
        let text = |text: &str| Node::Text(text.to_owned());
        let one_or_list = |texts: &[String]| match texts {
            [one] => text(one),
            many => Node::List(many.iter().map(|one| text(one)).collect()),
        };
        let mut elements = vec![("Sid".to_owned(), text(self.sid)), ("Effect".to_owned(), text(self.effect))];
        if let Some(principal) = &self.principal {
            elements.push(("Principal".into(), Node::Object(vec![("AWS".into(), text(principal))])));
        }
        elements.push((self.actions.0.to_owned(), one_or_list(&self.actions.1)));
        if !self.resources.is_empty() {
            elements.push(("Resource".into(), one_or_list(&self.resources)));
        }
        if !self.conditions.is_empty() {
            let tests = self.conditions.iter().map(|(operator, key, value)| {
                ((*operator).to_owned(), Node::Object(vec![((*key).to_owned(), text(value))]))
            });
            elements.push(("Condition".into(), Node::Object(tests.collect())));
        }
        Node::Object(elements)
    }
}

fn json(node: &Node, depth: usize, out: &mut String) {
    match node {
        Node::Text(text) => out.push_str(&quoted(text)),
        Node::List(nodes) => lines(out, depth, ["[", "]"], ",", nodes, |node, out| {
            json(node, depth + 1, out);
        }),
        Node::Object(members) => lines(out, depth, ["{", "}"], ",", members, |(name, node), out| {
            out.push_str(&quoted(name));
            out.push_str(": ");
            json(node, depth + 1, out);
        }),
    }
}

fn hcl(node: &Node, depth: usize, out: &mut String) {
    match node {
        Node::Text(text) => out.push_str(&escaped(text)),
        Node::List(nodes) => {
            lines(out, depth, ["[", "]"], ",", nodes, |node, out| hcl(node, depth + 1, out));
        }
        Node::Object(members) => {
            let name = |name: &str| if name.contains(':') { escaped(name) } else { name.to_owned() };
            // As in `terraform fmt`, consecutive lines are aligned.
            let single = |member: &(String, Node)| matches!(member.1, Node::Text(_));
            let blocks = members.chunk_by(|one, next| single(one) && single(next));
            let named: Vec<(String, &Node)> = blocks
                .flat_map(|block| {
                    let width = block.iter().map(|(key, _)| name(key).len()).max().unwrap_or(0);
                    block.iter().map(move |(key, node)| (format!("{:width$}", name(key)), node))
                })
                .collect();
            lines(out, depth, ["{", "}"], "", &named, |(key, node), out| {
                let _ = write!(out, "{key} = ");
                hcl(node, depth + 1, out);
            });
        }
    }
}

/// Writes elements between brackets, one per line.
fn lines<T>(
    out: &mut String,
    depth: usize,
    [open, close]: [&str; 2],
    comma: &str,
    things: &[T],
    write: impl Fn(&T, &mut String),
) {
    out.push_str(open);
    for (at, thing) in things.iter().enumerate() {
        out.push('\n');
        out.push_str(&"  ".repeat(depth + 1));
        write(thing, out);
        if at + 1 < things.len() {
            out.push_str(comma);
        }
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push_str(close);
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns a string of HCL, in which `${` begins a template.
fn escaped(text: &str) -> String {
    quoted(text).replace("${", "$${").replace("%{", "%%{")
}
