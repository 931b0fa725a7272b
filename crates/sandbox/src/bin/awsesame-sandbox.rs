//! `awsesame-sandbox`: the sandbox for people.

fn main() {}
