package compat

import (
	"os/exec"
	"testing"
)

// TestImportByAWSCLI is AWS's own walk through an import, as its guide has it: the
// AWS CLI for the calls, and curl for the file.
func TestImportByAWSCLI(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		lacking(t, "curl")
	}
	for _, path := range awsCLIs(t) {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			signed(t).play(t, "bash", "import.sh", path)
		})
	}
}
