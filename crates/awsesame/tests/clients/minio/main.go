// Lists a bucket for each line that it reads, by the chain of credentials that restic has.
package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

func main() {
	chain := credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{},
		&credentials.FileAWSCredentials{},
		&credentials.IAM{Client: &http.Client{Transport: http.DefaultTransport}},
	})
	host := strings.TrimPrefix(os.Getenv("AWS_ENDPOINT_URL"), "http://")
	client, err := minio.New(host, &minio.Options{Creds: chain, Region: os.Getenv("AWS_REGION"), MaxRetries: 1})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		said := "in"
		for object := range client.ListObjects(context.Background(), "demo-bucket", minio.ListObjectsOptions{}) {
			if object.Err != nil {
				fmt.Fprintln(os.Stderr, object.Err)
				said = "refused"
			}
		}
		fmt.Println(said)
	}
}
