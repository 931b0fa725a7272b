class Awsesame < Formula
  desc "@SUMMARY@"
  homepage "@ADDRESS@"
  version "@VERSION@"
  license any_of: [@LICENSES@]

@ARCHIVES@

  def install
    bin.install "bin/awsesame", "bin/awsesame-full", "bin/awsesame-sandbox"
    man1.install Dir["share/man/man1/*"]
    bash_completion.install "share/bash-completion/completions/awsesame"
    zsh_completion.install "share/zsh/site-functions/_awsesame"
    fish_completion.install "share/fish/vendor_completions.d/awsesame.fish"
    pkgshare.install "share/awsesame/direnv"
    doc.install Dir["share/doc/awsesame/*"], Dir["share/licenses/awsesame/*"]
  end

  service do
    run [opt_bin/"awsesame", "broker", "run"]
    keep_alive crashed: true
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/awsesame --version")
    shell_output("#{bin}/awsesame env --no-input", 3)
  end
end
