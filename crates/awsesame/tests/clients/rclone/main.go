// rclone itself, with the one backend that is tried.
package main

import (
	_ "github.com/rclone/rclone/backend/s3"
	"github.com/rclone/rclone/cmd"
	_ "github.com/rclone/rclone/cmd/ls"
)

func main() { cmd.Main() }
