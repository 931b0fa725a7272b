//! The story of the demo: the narration, the typed lines, and the expected results.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};

use super::clients::{Clients, S3};
use super::shell::Shell;
use super::stage::{Ends, Outcome, Shown, Stage, done, refused};
use super::world::World;
use crate::interrupt::Interrupt;

/// The time for which bob's sessions last, in seconds: long enough for a busy machine, short enough to wait for.
pub(crate) const LIFETIME: u32 = 20;

/// The time for which a device shows a code, in seconds. Each is good once.
const STEP: u64 = 30;

/// The beginning of the question for a code.
const QUESTION: &str = "MFA code for ";

/// The setting in which the tour is given.
pub(crate) struct Tour<'a> {
    pub(crate) world: &'a World,
    pub(crate) clients: &'a Clients,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) stage: Stage,
}

impl Tour<'_> {
    /// Gives the whole tour. It fails if a result is not the expected one.
    pub(crate) fn give(&mut self) -> Result<()> {
        self.stage.tell(
            "The sandbox is a local AWS that enforces MFA. It replaces the real one, so nothing here\n\
             leaves this machine, and it all happens in a home of its own.",
        );
        let open = |name| Shell::open(self.world, name, self.interrupt);
        let (mut first, mut second) =
            if self.clients.direnv { (open("[1] ")?, Some(open("[2] ")?)) } else { (open("")?, None) };
        self.bare_key(&mut first)?;
        match &mut second {
            Some(second) => self.two_shells(&mut first, second)?,
            None => self.one_shell(&mut first)?,
        }
        let secrets = self.secrets()?;
        self.stage.keep_secret(&secrets);
        self.disk(&mut first)?;
        self.work(&mut first)?;
        self.passkey(&mut first)?;
        match &mut second {
            Some(second) => self.expiry_at_the_prompt(second)?,
            None => self.expiry(&mut first)?,
        }
        self.forced(&mut first)?;
        // The commands since then must not have left them in a file either.
        self.lie_nowhere(&secrets)
    }

    fn bare_key(&mut self, shell: &mut Shell) -> Result<()> {
        let Some(s3) = self.clients.s3 else { return Ok(()) };
        self.stage.chapter("A key without a code");
        self.stage.tell("Alice may do everything, but only with MFA. Her access key alone opens nothing:");
        self.stage.run(shell, &s3.read_as("alice"), &refused(&["AccessDenied"]))
    }

    fn two_shells(&mut self, first: &mut Shell, second: &mut Shell) -> Result<()> {
        self.stage.chapter("One code, and every shell has it");
        self.stage.tell(
            "Two shells enter her project, whose .envrc says `use awsesame alice`. Without a session no\n\
             key is given out, and nothing blocks:",
        );
        let withheld = done(&["type: awsesame login"]);
        self.stage.run(first, "cd ~/project", &withheld)?;
        self.stage.run(second, "cd ~/project", &withheld)?;
        self.stage.tell("In the first she logs in, with the code that her phone shows:");
        let says = ["logged in as alice", "+AWS_SESSION_TOKEN"];
        let code = || self.world.code("alice");
        self.stage.run_and_answer(first, "awsesame login", &[(QUESTION, &code)], &done(&says))?;
        self.stage.tell("The second follows at its next prompt; she presses Enter:");
        self.stage.run(second, "", &done(&["+AWS_SESSION_TOKEN"]))?;
        if let Some(s3) = self.clients.s3 {
            self.stage.run(second, s3.read(), &done(&["Hello from behind MFA."]))?;
        }
        Ok(())
    }

    fn one_shell(&mut self, shell: &mut Shell) -> Result<()> {
        self.stage.chapter("One code");
        self.stage.tell("She logs in, with the code that her phone shows:");
        let says = ["logged in as alice"];
        let code = || self.world.code("alice");
        self.stage.run_and_answer(shell, "awsesame login -p alice", &[(QUESTION, &code)], &done(&says))?;
        if let Some(s3) = self.clients.s3 {
            let line = format!("awsesame exec -p alice -- {}", s3.read());
            self.stage.run(shell, &line, &done(&["Hello from behind MFA."]))?;
        }
        Ok(())
    }

    fn disk(&mut self, shell: &mut Shell) -> Result<()> {
        self.stage.chapter("The files on disk");
        self.stage.tell("The file of her session begins with lines in the clear, none of them secret:");
        let file = "~/.local/state/awsesame/sessions/p-alice.session";
        let says = ["profile: alice", "kind: mfa", "expires: "];
        self.stage.run(shell, &format!("head -n 7 {file}"), &done(&says))?;
        self.stage.tell(if self.world.key_is_in_the_kernel() {
            "The rest is encrypted, and the key is in the kernel's memory, never on a disk. The\n\
             session's secret key and token, searched for in every file of the home:"
        } else {
            "The rest is encrypted. This machine's kernel has no keyring for us (a container?), so the key\n\
             is in a file: AWSESAME_STORE=file. The session's secret key and token, searched for in\n\
             every file of the home:"
        });
        let line = "awsesame exec -p alice -- printenv AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN |\
                    \x20grep -rlFf - ~ || echo in no file";
        self.stage.run(shell, line, &done(&["in no file"]))?;
        // This also fails if there were no secrets to search for, because the check would be worthless.
        self.lie_nowhere(&self.secrets()?)
    }

    fn work(&mut self, shell: &mut Shell) -> Result<()> {
        self.stage.chapter("The day's work");
        self.stage.tell("How long it lasts:");
        self.stage.run(shell, "awsesame status", &done(&["alice", "fresh"]))?;
        let with = if self.clients.direnv { "" } else { "awsesame exec -p alice -- " };
        if self.clients.s3 == Some(S3::Aws) {
            self.stage.tell("The AWS CLI writes to S3:");
            let line = format!("date | {with}aws s3 cp - s3://demo-bucket/today.txt");
            self.stage.run(shell, &line, &done(&[]))?;
            let line = format!("{with}aws s3 ls s3://demo-bucket");
            self.stage.run(shell, &line, &done(&["hello.txt", "today.txt"]))?;
        }
        if self.clients.terraform {
            self.stage.tell("Terraform keeps its state in S3, and locks it there:");
            let cd = if self.clients.direnv { "" } else { "cd ~/project && " };
            self.stage.run(shell, &format!("{cd}grep lockfile main.tf"), &done(&["= true"]))?;
            let brief = |says| Outcome { ends: Ends::With(0), says, shown: Shown::Brief };
            let line = format!("{with}terraform init -no-color");
            self.stage.run(shell, &line, &brief(&["Terraform has been successfully initialized"]))?;
            let (writes, unlocks) = (self.world.count("PutObject")?, self.world.count("DeleteObject")?);
            let line = format!("{with}terraform apply -auto-approve -no-color");
            self.stage.run(shell, &line, &brief(&["Apply complete!", "door = \"open\""]))?;
            let wrote = self.world.count("PutObject")? >= writes + 2;
            ensure!(wrote && self.world.count("DeleteObject")? > unlocks, "terraform took no lock");
        }
        Ok(())
    }

    fn passkey(&mut self, shell: &mut Shell) -> Result<()> {
        let brief = |says| Outcome { ends: Ends::With(0), says, shown: Shown::Brief };
        self.stage.chapter("A passkey, and no key");
        self.stage.tell(
            "Erin has a password and a passkey, and no access key: STS takes no code from her. Her profile says\n\
             `login_session`. Without a session she gets nothing:",
        );
        let needed =
            Outcome { ends: Ends::With(3), says: &["hint: awsesame login -p erin"], shown: Shown::Whole };
        self.stage.run(shell, "awsesame process --no-input -p erin", &needed)?;
        self.stage.tell("She signs in by browser; here a program touches the passkey for her:");
        let line = "awsesame login -p erin --browser 'awsesame-sandbox sign-in erin'";
        self.stage.run(shell, line, &done(&["logged in as erin"]))?;
        if self.clients.terraform {
            self.stage.tell(
                "Her credentials last fifteen minutes, and are refreshed by themselves. Terraform's backend:",
            );
            let line = "(cd ~/project && awsesame exec -p erin -- terraform init -no-color -reconfigure)";
            self.stage.run(shell, line, &brief(&["Terraform has been successfully initialized"]))?;
            let line = "(cd ~/project && awsesame exec -p erin -- terraform apply -auto-approve -no-color)";
            self.stage.run(shell, line, &brief(&["Apply complete!"]))?;
        } else if let Some(s3) = self.clients.s3 {
            let line = format!("awsesame exec -p erin -- {}", s3.read());
            self.stage.run(shell, &line, &done(&["Hello from behind MFA."]))?;
        }
        Ok(())
    }

    fn expiry_at_the_prompt(&mut self, shell: &mut Shell) -> Result<()> {
        self.stage.chapter("Expiry, and the next code");
        self.stage.tell(&format!(
            "Bob's sandbox ends sessions after {LIFETIME} s, so that it can be watched. His project is another folder:"
        ));
        self.stage.run(shell, "cd ~/bobs", &done(&["type: awsesame login"]))?;
        let ends = self.log_in(shell, "awsesame login", &["logged in as bob", "+AWS_SESSION_TOKEN"])?;
        let hello = ["Hello from behind MFA."];
        if let Some(s3) = self.clients.s3 {
            self.stage.run(shell, s3.read(), &done(&hello))?;
        }
        self.wait(ends)?;
        self.stage.tell("It has expired. At the next prompt the hook makes direnv remove the keys:");
        self.stage.run(shell, "", &done(&["an expired session; type: awsesame login"]))?;
        self.stage.run(shell, "printenv AWS_SECRET_ACCESS_KEY || echo gone", &done(&["gone"]))?;
        if let Some(s3) = self.clients.s3 {
            self.stage.run(shell, s3.read(), &refused(&["login needed"]))?;
        }
        self.stage.tell("The next code brings them back:");
        self.log_in(shell, "awsesame login", &["logged in as bob", "+AWS_SESSION_TOKEN"])?;
        if let Some(s3) = self.clients.s3 {
            self.stage.run(shell, s3.read(), &done(&hello))?;
        }
        Ok(())
    }

    fn expiry(&mut self, shell: &mut Shell) -> Result<()> {
        self.stage.chapter("Expiry, and the next code");
        self.stage
            .tell(&format!("Bob's sandbox ends sessions after {LIFETIME} s, so that it can be watched:"));
        let ends = self.log_in(shell, "awsesame login -p bob", &["logged in as bob"])?;
        let work = self.clients.s3.map_or("sh -c 'echo \"the work is done\"'", S3::read);
        let hello: &[&str] =
            if self.clients.s3.is_some() { &["Hello from behind MFA."] } else { &["the work is done"] };
        self.stage.run(shell, &format!("awsesame exec -p bob -- {work}"), &done(hello))?;
        self.wait(ends)?;
        self.stage
            .tell("It has expired. Where awsesame may not ask, there is one clear answer, with exit code 3:");
        let needed = Outcome {
            ends: Ends::With(3),
            says: &["error: ", "hint: awsesame login -p bob"],
            shown: Shown::Whole,
        };
        self.stage.run(shell, &format!("awsesame exec --no-input -p bob -- {work}"), &needed)?;
        self.stage.tell("The next code brings it back:");
        self.log_in(shell, "awsesame login -p bob", &["logged in as bob"])?;
        self.stage.run(shell, &format!("awsesame exec -p bob -- {work}"), &done(hello))
    }

    fn forced(&mut self, shell: &mut Shell) -> Result<()> {
        const DEVICE: &str = "arn:aws:iam::123456789012:mfa/dave";
        let brief = |status, says| Outcome { ends: Ends::With(status), says, shown: Shown::Brief };
        self.stage.chapter("MFA that is enforced, and proof of it");
        self.stage.tell("Dave is new: he has a key, and no device. What could a thief of that key do?");
        let says = ["MFA is not enforced", "hint:"];
        self.stage.run(shell, "awsesame policy check -p alice --user dave", &brief(1, &says))?;
        self.stage.tell("Alice, the administrator, attaches a policy that enforces it:");
        let says = ["with `ForceMfa`: MFA is enforced", "`dave` has no MFA device", "prove it"];
        let yes = || Ok("y".to_owned());
        let line = "awsesame policy attach -p alice --user dave";
        self.stage.run_and_answer(shell, line, &[("attach `ForceMfa`", &yes)], &done(&says))?;
        self.stage.tell(
            "Now he can only enroll a device. It takes two codes that follow each other,\n\
             and a third to log in, so this lasts a minute:",
        );
        let shown = || self.world.code_shown(DEVICE);
        let next = || {
            self.interrupt.sleep(until_next_step()?)?;
            shown()
        };
        let answers: [(&str, &dyn Fn() -> Result<String>); 3] =
            [("shows now", &shown), ("and the next one", &next), (QUESTION, &next)];
        let says = ["Scan this", "is a device of dave now", "logged in as dave"];
        self.stage.run_and_answer(shell, "awsesame mfa enroll -p dave", &answers, &brief(0, &says))?;
        self.stage.tell("And the proof, with calls that only read:");
        let says = ["iam:ListUsers           refused   refused  answered", "MFA is enforced for the user"];
        self.stage.run(shell, "awsesame policy probe -p dave", &done(&says))
    }

    /// Logs bob in with the code on the command line. Returns the time at which his session will have expired and his
    /// device shows an unused code again.
    fn log_in(&mut self, shell: &mut Shell, line: &str, says: &[&str]) -> Result<Instant> {
        let line = format!("{line} {}", self.world.code("bob")?);
        self.stage.run(shell, &line, &done(says))?;
        Ok(Instant::now() + Duration::from_secs(u64::from(LIFETIME) + 1).max(until_next_step()?))
    }

    fn wait(&self, until: Instant) -> Result<()> {
        let time = until.saturating_duration_since(Instant::now());
        self.stage.tell(&format!("Now {} s pass.", time.as_secs()));
        self.interrupt.sleep(time)
    }

    /// Returns the secrets that must not be found in any file: those of alice's session, as programs get them.
    fn secrets(&self) -> Result<Vec<String>> {
        let text = self.world.read("awsesame", &["env", "-p", "alice", "--format", "json"])?;
        let exports: serde_json::Value = serde_json::from_str(&text).context("`env` prints no JSON")?;
        let secret = |name: &str| {
            let value = exports.get(name).and_then(serde_json::Value::as_str);
            value.map(str::to_owned).with_context(|| format!("`env` prints no {name}"))
        };
        ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].into_iter().map(secret).collect()
    }

    fn lie_nowhere(&self, secrets: &[String]) -> Result<()> {
        match holding(self.world.home(), secrets)? {
            Some(file) => anyhow::bail!("{file} holds a secret of the session"),
            None => Ok(()),
        }
    }
}

/// Returns the time until a device certainly shows another code.
fn until_next_step() -> Result<Duration> {
    let into_step = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() % STEP;
    Ok(Duration::from_secs(STEP - into_step + 1))
}

/// Returns the first file below a folder that contains one of these texts.
fn holding(folder: &Path, secrets: &[String]) -> Result<Option<String>> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            if let Some(file) = holding(&path, secrets)? {
                return Ok(Some(file));
            }
        } else if kind.is_file() {
            let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
            let found = |secret: &String| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            if secrets.iter().any(found) {
                return Ok(Some(path.display().to_string()));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_any_file_below_is_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/notes"), b"\0and then: geheim\0").unwrap();
        let found = |secret: &str| holding(folder.path(), &[secret.to_owned()]).unwrap();
        assert!(found("geheim").unwrap().ends_with("deep/notes"));
        assert_eq!(found("other"), None);
    }
}
