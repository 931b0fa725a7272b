// Asks who it is for each line that it reads, as a program that runs for long.
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/sts"
)

func main() {
	found, err := session.NewSession()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// This SDK knows no variable for the endpoint.
	client := sts.New(found, aws.NewConfig().WithEndpoint(os.Getenv("AWS_ENDPOINT_URL")))
	failed := false
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer, err := client.GetCallerIdentity(nil)
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
