// What sops does with a key of AWS's: has a data key encrypted, for each line that it reads.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/getsops/sops/v3/kms"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		key := kms.NewMasterKeyFromArn("arn:aws:kms:us-east-1:123456789012:key/none", nil, "")
		err := key.Encrypt([]byte("nothing"))
		// The service is not there, which a caller is told whose signature is good.
		fmt.Fprintln(os.Stderr, err)
		if err != nil && !strings.Contains(err.Error(), "StatusCode: 400") {
			fmt.Println("refused")
			continue
		}
		fmt.Println("in")
	}
}
