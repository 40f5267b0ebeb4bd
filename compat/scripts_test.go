package compat

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// lacking skips a test for want of a client, or fails it where all must be there.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("GATEHOUSE_TEST_COMPAT") == "required" {
		t.Fatalf("MISSING: %s", what)
	}
	t.Skipf("SKIPPED WITHOUT %s", what)
}

// awsCLIs are the AWS CLIs of this machine: the first on the PATH and the system's own.
func awsCLIs(t *testing.T) []string {
	t.Helper()
	return programs(t, "the AWS CLI (Debian: awscli)", func(path string) bool { return true }, "aws", "/usr/bin/aws")
}

// pythons are the Python interpreters of this machine that have boto3.
func pythons(t *testing.T) []string {
	t.Helper()
	return programs(t, "boto3 (Debian: python3-boto3)", func(path string) bool {
		return exec.Command(path, "-c", "import boto3").Run() == nil
	}, "python3", "/usr/bin/python3")
}

func programs(t *testing.T, what string, works func(path string) bool, names ...string) (found []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil && !seen[path] && works(path) {
			seen[path] = true
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		lacking(t, what)
	}
	return found
}

// node is a Node.js that the JavaScript clients run on, with the clients installed.
func node(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		lacking(t, "Node.js 20 or newer")
	}
	out, err := exec.Command(path, "-p", "process.versions.node.split('.')[0]").Output()
	if major, _ := strconv.Atoi(strings.TrimSpace(string(out))); err != nil || major < 20 {
		lacking(t, "Node.js 20 or newer: "+path+" is older")
	}
	if _, err := os.Stat("js/node_modules/aws-amplify"); err != nil {
		lacking(t, "the JavaScript clients: npm ci --prefix compat/js")
	}
	return path
}

// play runs a client against the server and shows its output if it fails.
func (s *server) play(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = s.environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestAWSCLI signs where the CLI knows all that production asks for: starting
// it thirty times takes half a minute, so each is played to one server only.
func TestAWSCLI(t *testing.T) {
	t.Parallel()
	for _, path := range awsCLIs(t) {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := dev(t)
			if knowsTiers(path) {
				s = signed(t)
			}
			s.play(t, "bash", "awscli.sh", path)
		})
	}
}

// knowsTiers tells an AWS CLI of the end of 2024 or newer.
func knowsTiers(aws string) bool {
	out, err := exec.Command(aws, "cognito-idp", "create-user-pool", "--generate-cli-skeleton").Output()
	return err == nil && strings.Contains(string(out), "UserPoolTier")
}

func TestBoto3(t *testing.T) {
	t.Parallel()
	for _, path := range pythons(t) {
		t.Run(path, func(t *testing.T) {
			eachMode(t, func(t *testing.T, s *server) { s.play(t, path, "boto3_test.py") })
		})
	}
}

func TestJavaScript(t *testing.T) {
	t.Parallel()
	stories, err := filepath.Glob("js/stories/*.test.js")
	if err != nil || len(stories) == 0 {
		t.Fatalf("found no stories: %v", err)
	}
	path := node(t)
	for _, story := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(story), ".test.js"), func(t *testing.T) {
			t.Parallel()
			dev(t).play(t, path, "--test", story)
		})
	}
	t.Run("sdk, signed", func(t *testing.T) {
		t.Parallel()
		signed(t).play(t, path, "--test", "js/stories/sdk.test.js")
	})
}

// TestTheLockFileNamesNoRegistry keeps the lock file usable with any mirror.
func TestTheLockFileNamesNoRegistry(t *testing.T) {
	data, err := os.ReadFile("js/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(data), "\n") {
		if strings.Contains(line, `"resolved"`) {
			t.Errorf("js/package-lock.json:%d: %s (js/.npmrc leaves these out: run npm install there)", i+1, fmt.Sprintf("%.60s", strings.TrimSpace(line)))
		}
	}
}
