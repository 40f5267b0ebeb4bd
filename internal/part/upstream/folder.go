package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Folder is what the AWS CLI printed of a pool, a file for each call: its name is
// that of the command, and after a dot the client, group, provider or user, where
// it is about one, escaped as in a URL.
//
//	describe-user-pool.json                describe-user-pool-client.1abc2def.json
//	list-users.json  list-users.2.json     list-users-in-group.staff.json
//
// list-users may have further files, numbered from 2.
type Folder string

// maxFile bounds what is read of a file.
const maxFile = 256 << 20

// Read reads the file of an operation. What a list's own token says is passed
// over: the CLI prints one where it stopped early.
func (f Folder) Read(_ context.Context, operation string, q Query) (answer []byte, next string, err error) {
	name := kebab(operation)
	for _, key := range []string{q.Client, q.Group, q.Provider, q.User, q.Terms, q.Token} {
		if key != "" {
			name += "." + url.PathEscape(key)
		}
	}
	if answer, err = f.read(name + ".json"); err != nil || operation != "ListUsers" {
		return answer, "", err
	}
	n := 1
	if q.Token != "" {
		if n, err = strconv.Atoi(q.Token); err != nil {
			return nil, "", err
		}
	}
	next = strconv.Itoa(n + 1)
	if _, err := os.Stat(filepath.Join(string(f), "list-users."+next+".json")); err != nil {
		next = ""
	}
	return answer, next, nil
}

func (f Folder) read(name string) ([]byte, error) {
	file, err := os.Open(filepath.Join(string(f), name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, ErrAbsent)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s has more than %d MiB: split it", name, maxFile>>20)
	}
	return asSeconds(text), nil
}

// date is a member that holds a time, as version 2 of the CLI prints it. A quote
// inside a string would have a backslash before it.
var date = regexp.MustCompile(`("\w{1,40}Date"\s*:\s*)"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2}))"`)

// asSeconds writes times as the API does.
func asSeconds(text []byte) []byte {
	return date.ReplaceAllFunc(text, func(member []byte) []byte {
		m := date.FindSubmatch(member)
		t, err := time.Parse(time.RFC3339, string(m[2]))
		if err != nil {
			return member
		}
		return append(slices.Clone(m[1]), strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64)...)
	})
}

// kebab is the CLI's name of an operation: DescribeUserPool, describe-user-pool;
// GetUICustomization, get-ui-customization.
func kebab(operation string) string {
	var b strings.Builder
	runes := []rune(operation)
	for i, r := range runes {
		if unicode.IsUpper(r) {
			starts := i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
			if starts {
				b.WriteByte('-')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
