terraform {
  backend "s3" {
    bucket       = "tfstate"
    key          = "project/terraform.tfstate"
    region       = "us-east-1"
    use_lockfile = true

    # What a sandbox needs, and AWS does not.
    endpoints                   = { s3 = "ENDPOINT" }
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    skip_region_validation      = true
    skip_s3_checksum            = true
  }
}

# No provider to download: this one is built in.
resource "terraform_data" "door" {
  input = "open"
}

output "door" {
  value = terraform_data.door.output
}
