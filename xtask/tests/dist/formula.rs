//! Tests Homebrew's formula: Ruby runs it with a substitute for Homebrew, because the tests have no Mac.

use std::fs;
use std::process::Command;

use super::need::need;
use super::release::{Release, TARGETS, VERSION, folder};

/// Notes what the formula says, and does what `install` asks for as Homebrew would, into folders below PREFIX.
const HOMEBREW: &str = r#"
require "fileutils"
require "json"
require "pathname"
$said = Hash.new { |hash, key| hash[key] = [] }
class Pathname
  def install(*things) = things.flatten.each { |thing| mkpath; FileUtils.cp_r(thing, self) }
end
class Formula
  @@at = []
  class << self
    %i[desc homepage version license url sha256].each { |word| define_method(word) { |value| $said[(@@at + [word]).join(".")] << value } }
    %i[on_macos on_linux on_arm on_intel].each { |word| define_method(word) { |&block| @@at << word; block.call; @@at.pop } }
    def service(&block) = $said["service"] << block
    def test(&block) = $said["test"] << block
  end
  PREFIX = Pathname(ENV.fetch("PREFIX"))
  { bin: "bin", man1: "man1", bash_completion: "bash", zsh_completion: "zsh", fish_completion: "fish", pkgshare: "share", doc: "doc" }
    .each { |word, place| define_method(word) { PREFIX/place } }
end
load ARGV[0]
Dir.chdir(ARGV[1]) { Awsesame.new.install }
puts JSON.generate($said.reject { |word, _| %w[service test].include?(word) })
"#;

#[test]
fn the_formula_names_every_archive_and_installs_what_is_in_it() {
    let Some(ruby) = need("ruby") else { return };
    let release = Release::of(&TARGETS);
    let checked = Command::new(&ruby).arg("-c").arg(release.file("awsesame.rb")).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));

    let scratch = tempfile::tempdir().unwrap();
    let (prefix, brew) = (scratch.path().join("prefix"), scratch.path().join("brew.rb"));
    fs::write(&brew, HOMEBREW).unwrap();
    let archive = release.file(&format!("awsesame-{VERSION}-{}.tar.gz", TARGETS[0]));
    let unpacked = Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(scratch.path()).status();
    assert!(unpacked.unwrap().success());
    let tree = scratch.path().join(format!("awsesame-{VERSION}-{}", TARGETS[0]));
    let mut command = Command::new(ruby);
    command.arg(&brew).arg(release.file("awsesame.rb")).arg(tree).env("PREFIX", &prefix);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["version"][0], VERSION);
    for (place, target) in [
        ("on_linux.on_intel", TARGETS[0]),
        ("on_linux.on_arm", TARGETS[1]),
        ("on_macos.on_intel", TARGETS[2]),
        ("on_macos.on_arm", TARGETS[3]),
    ] {
        let name = format!("awsesame-{VERSION}-{target}.tar.gz");
        assert_eq!(said[format!("{place}.url")][0], format!("{}/{name}", folder()));
        let sums = release.read("SHA256SUMS");
        let sum = sums.lines().find(|line| line.ends_with(&name)).unwrap().split(' ').next().unwrap();
        assert_eq!(said[format!("{place}.sha256")][0], sum);
    }
    for file in [
        "bin/awsesame",
        "bin/awsesame-full",
        "man1/awsesame.1.gz",
        "bash/awsesame",
        "zsh/_awsesame",
        "fish/awsesame.fish",
        "share/direnv/awsesame.sh",
    ] {
        assert!(prefix.join(file).is_file(), "{file}");
    }
}
