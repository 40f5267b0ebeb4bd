package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	c2jModule = "github.com/aws/aws-sdk-go"
	sdkModule = "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// sources are the two modules in the module cache, and the folder to write.
type sources struct {
	c2j, sdk module
	out      string
}

type module struct {
	Path, Version, Dir, Sum string
}

func (m module) String() string { return m.Path + "@" + m.Version }

// locate downloads both modules if need be. It reads the checksum again from
// go.sum: a cache that someone edited must not decide what we accept.
func locate() (*sources, error) {
	root, err := output("list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return nil, err
	}
	tool := strings.TrimSpace(string(root))
	sums, err := os.ReadFile(filepath.Join(tool, "go.sum"))
	if err != nil {
		return nil, err
	}
	s := &sources{out: filepath.Join(tool, "..", "internal", "base", "shape")}
	for path, into := range map[string]*module{c2jModule: &s.c2j, sdkModule: &s.sdk} {
		data, err := output("mod", "download", "-json", path)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, into); err != nil {
			return nil, fmt.Errorf("read go mod download: %w", err)
		}
		line := fmt.Sprintf("%s %s %s\n", into.Path, into.Version, into.Sum)
		if into.Sum == "" || !strings.Contains(string(sums), line) {
			return nil, fmt.Errorf("%s: its checksum %q is not in go.sum", into, into.Sum)
		}
	}
	return s, nil
}

func output(args ...string) ([]byte, error) {
	out, err := exec.Command("go", args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, exit.Stderr)
	}
	return out, err
}
