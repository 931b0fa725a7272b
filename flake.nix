# awsesame for Nix: `nix run`, `nix profile install`, or `inputs.awsesame.packages.SYSTEM.default` elsewhere. The
# version and the address come from Cargo.toml, the dependencies from Cargo.lock.
{
  description = "Short-lived AWS credentials with MFA for every shell and program";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      workspace = (builtins.fromTOML (builtins.readFile ./Cargo.toml)).workspace.package;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      each = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
    in
    {
      packages = each (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = "awsesame";
          inherit (workspace) version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          cargoBuildFlags = [
            "--package=awsesame"
            "--package=awsesame-sandbox"
          ];
          # The tests want shells, keyrings and other people's programs: `cargo xtask test`.
          doCheck = false;
          AWSESAME_COMMIT = self.shortRev or "dirty";
          nativeBuildInputs = [ pkgs.installShellFiles ];
          postInstall = ''
            mkdir man
            $out/bin/awsesame man --out man
            installManPage man/*.1 packaging/awsesame-sandbox.1
            for shell in bash zsh fish; do
              $out/bin/awsesame completions $shell >awsesame.$shell
            done
            installShellCompletion awsesame.{bash,zsh,fish}
            install -Dm644 crates/awsesame/templates/awsesame.sh $out/share/awsesame/direnv/awsesame.sh
          '';
          meta = {
            description = "Short-lived AWS credentials with MFA for every shell and program";
            homepage = workspace.repository;
            license = with pkgs.lib.licenses; [
              mit
              asl20
            ];
            mainProgram = "awsesame";
          };
        };
      });
    };
}
