// Asks who it is for each line that it reads, as a program that runs for long.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	client := sts.NewFromConfig(settings)
	failed := false
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer, err := client.GetCallerIdentity(ctx, nil)
		if failed = err != nil; failed {
			fmt.Fprintln(os.Stderr, err)
			fmt.Println("refused")
			continue
		}
		fmt.Println(*answer.Arn)
	}
	if failed {
		os.Exit(1)
	}
}
