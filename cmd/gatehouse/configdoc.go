package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type configDocCmd struct{}

// Run prints docs/configuration.md.
func (configDocCmd) Run(std streams) error {
	_, err := io.WriteString(std.out, configDoc())
	return err
}

const docHead = `# Configuration

<!-- Written by ` + "`gatehouse config doc`" + `: change cmd/gatehouse, not this file. -->

Every setting has one name in three spellings, and is looked for in this order:

1. a flag, ` + "`--base-url`" + `
2. an environment variable, ` + "`GATEHOUSE_BASE_URL`" + `; an empty one counts as unset
3. the file that ` + "`--config`" + ` or ` + "`GATEHOUSE_CONFIG`" + ` names, YAML, ` + "`base-url: https://login.example.com`" + `
4. the default

A name that is not known is an error, in the file with its line, among the variables with its name; only ` + "`GATEHOUSE_TEST_*`" + ` and what Kubernetes sets for a service named gatehouse are left alone. ` + "`gatehouse config check`" + ` takes the same flags as ` + "`gatehouse serve`" + `, prints what holds and where each value comes from, and tells what is wrong.

` + "```yaml" + `
# gatehouse.yaml
listen: 0.0.0.0:9470
base-url: https://login.example.com
database: postgres://gatehouse@db.internal/gatehouse
breach-list:
  - /srv/breach/pwned.txt
  - /srv/breach/ours.txt
` + "```" + `

A list is a list in the file, and separated by commas in a variable.
`

const docSecrets = `
## Secrets

Other users of a machine can read the flags of a running process. So:

- The master key has no flag. It is in the file that ` + "`master-key-file`" + ` names, or in the variable ` + "`GATEHOUSE_MASTER_KEY`" + ` (base64 of 32 bytes, as ` + "`openssl rand -base64 32`" + ` prints), or in ` + "`master.key`" + ` in the data folder, which is made at the first start with mode 0600. Keep a copy apart from the database's: without it nothing that the database seals can be read again.
- Passwords in the URLs of ` + "`database`, `smtp`, `ses`, `sms` and `trigger`" + ` are better given by a variable or in the file than by a flag. Nothing prints them: logs and ` + "`config check`" + ` show ` + "`[redacted]`" + `.
`

// configDoc is the reference of all settings.
func configDoc() string {
	var b strings.Builder
	b.WriteString(docHead)
	group := ""
	for _, flag := range settingFlags() {
		if flag.Group.Title != group {
			group = flag.Group.Title
			fmt.Fprintf(&b, "\n## %s\n\n| setting | variable | default | meaning |\n|---|---|---|---|\n", group)
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", flag.Name, variable(flag.Name), docDefault(flag), docMeaning(flag))
	}
	b.WriteString(docSecrets)
	return b.String()
}

func docDefault(flag *kong.Flag) string {
	switch {
	case flag.Default != "":
		return "`" + flag.Default + "`"
	case flag.IsBool():
		return "`false`"
	}
	return ""
}

// docMeaning is the help, with values in the form that the flag's help shows.
func docMeaning(flag *kong.Flag) string {
	text := strings.ReplaceAll(flag.Help, "|", `\|`)
	if flag.PlaceHolder != "" {
		return "`" + flag.PlaceHolder + "` " + text
	}
	return text
}
