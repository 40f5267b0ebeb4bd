package main

import (
	"path/filepath"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/password"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

// settings are all that a server can be told. A setting has one name in three
// spellings: --base-url, GATEHOUSE_BASE_URL, and base-url: in the file.
//
// The texts here are the help, and docs/configuration.md.
type settings struct {
	Storage     storageSettings     `embed:"" group:"Storage"`
	Network     networkSettings     `embed:"" group:"Addresses and names"`
	Proxies     proxySettings       `embed:"" group:"Proxies in front"`
	Messages    messageSettings     `embed:"" group:"Messages"`
	Triggers    triggerSettings     `embed:"" group:"Triggers"`
	Passwords   passwordSettings    `embed:"" group:"Passwords"`
	Places      geoSettings         `embed:"" group:"Places and networks"`
	Behaviour   behaviourSettings   `embed:"" group:"Threat protection"`
	Development developmentSettings `embed:"" group:"Development"`
	Logging     loggingSettings     `embed:"" group:"Logging"`
}

// storageSettings are what commands need that do not listen.
type storageSettings struct {
	Config        string `placeholder:"FILE" help:"YAML file with any of these settings by name. A flag wins over a variable, a variable over the file."`
	Data          string `placeholder:"DIR" default:"gatehouse-data" help:"Folder of the SQLite database and of the master key file. Made at the first start, for its owner alone."`
	Database      string `placeholder:"URL" help:"sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME. Unset: gatehouse.db in the data folder."`
	MasterKeyFile string `placeholder:"FILE" help:"File with the master key, the base64 of 32 bytes, which seals every secret in the database. Unset: master.key in the data folder, made at the first start."`
}

type networkSettings struct {
	Listen  string  `placeholder:"HOST:PORT" default:"127.0.0.1:9470" help:"Address to serve on, without TLS: put a proxy in front for other machines. Port 0 takes a free one, and the first line of standard output tells which."`
	BaseURL baseURL `name:"base-url" placeholder:"URL" help:"Where clients reach this server: the beginning of every token's issuer. Unset: http:// and the address served on."`
	Region  region  `placeholder:"NAME" default:"us-east-1" help:"Region of pool ids, ARNs and signatures."`
	Ops     string  `placeholder:"HOST:PORT" help:"Address for GET /healthz and GET /metrics (Prometheus). Nobody is asked for credentials there: keep it private. Unset: not served."`
	Account account `placeholder:"ID" default:"000000000000" help:"Account in ARNs, 12 digits."`
}

type messageSettings struct {
	SMTP string `name:"smtp" placeholder:"URL" help:"Mail server: smtp://USER:PASSWORD@HOST:PORT or smtps://..., with ?from=ADDRESS and ?starttls=require, opportunistic or none. Unset: messages stay in the database."`
	SES  string `name:"ses" placeholder:"URL" help:"Amazon SES for mail: ses://REGION?from=ADDRESS with the credentials that AWS's tools would find, or ses://KEYID:SECRET@REGION?from=ADDRESS. Where smtp is set too, only mail of pools that name an SES identity goes this way."`
	SMS  string `name:"sms" placeholder:"URL" help:"Webhook that sends text messages: https://HOST/PATH#secret=whsec_..., signed as in Standard Webhooks. Unset: messages stay in the database."`
}

type triggerSettings struct {
	Trigger []string `placeholder:"ARN=URL" help:"Where the function that pools name by ARN in LambdaConfig runs: https://HOST/PATH#secret=whsec_..., called and signed as in Standard Webhooks, or lambda://REGION for AWS Lambda itself. May be given several times, or as a list."`
}

type passwordSettings struct {
	BreachList       []string   `placeholder:"FILE" help:"List of leaked passwords beside the built-in one: lines HASH:COUNT of SHA-1 hashes, as Have I Been Pwned publishes. May be given several times, or as a list."`
	BreachIndex      string     `placeholder:"PATH" help:"Folder of segments with a manifest, or one such file, as gatehouse breach builds them. A new edition of the folder is taken up while the server runs."`
	BreachKeyFile    string     `placeholder:"FILE" help:"File with the key of the keyed lists in the index, the base64 of 32 bytes. Needed where the index holds pairs of user name and password."`
	BreachFailClosed bool       `help:"Refuse passwords while a list of leaked passwords cannot be read. Otherwise they pass, and the event says that they were not checked."`
	PasswordHash     hashParams `placeholder:"PARAMS" default:"m=19456,t=2,p=1" help:"Price of an Argon2id hash: m KiB of memory, t passes, p lanes. 'gatehouse password calibrate' finds what this machine affords."`
}

type behaviourSettings struct {
	RiskNoDefaults bool `help:"A section that is absent from a risk configuration has no effect. Otherwise it has Cognito's default one."`
	IgnoreTiers    bool `help:"Let every pool use what Cognito reserves for the PLUS tier."`
}

type developmentSettings struct {
	Dev bool `help:"Accept any AWS credentials and show kept messages at /_gatehouse/mailbox. Refuses to serve any address but loopback."`
}

type loggingSettings struct {
	LogFormat string `enum:"auto,text,json" default:"auto" help:"text, json, or auto: text on a terminal, json otherwise. Logs go to standard error."`
	LogLevel  string `enum:"debug,info,warn,error" default:"info" help:"The least that is logged: debug, info, warn or error."`
}

// server translates the part that offline commands need.
func (s storageSettings) server(src *sources) server.Config {
	return server.Config{
		Data: s.Data, Database: s.Database,
		MasterKey: src.masterKey, MasterKeyFile: s.MasterKeyFile,
		Now: time.Now,
	}
}

// server translates all settings.
func (s settings) server(src *sources) server.Config {
	cfg := s.Storage.server(src)
	cfg.Listen, cfg.Ops = s.Network.Listen, s.Network.Ops
	cfg.BaseURL = string(s.Network.BaseURL)
	cfg.Proxies = s.Proxies.config()
	cfg.Region, cfg.Account = string(s.Network.Region), string(s.Network.Account)
	cfg.SMTP, cfg.SES, cfg.SMS = s.Messages.SMTP, s.Messages.SES, s.Messages.SMS
	cfg.Triggers = s.Triggers.Trigger
	cfg.BreachLists, cfg.BreachIndex = s.Passwords.BreachList, s.Passwords.BreachIndex
	cfg.BreachKeyFile, cfg.BreachFailClosed = s.Passwords.BreachKeyFile, s.Passwords.BreachFailClosed
	cfg.Hash = password.Params(s.Passwords.PasswordHash)
	cfg.Geo = s.Places.config()
	cfg.RiskNoDefaults, cfg.IgnoreTiers = s.Behaviour.RiskNoDefaults, s.Behaviour.IgnoreTiers
	cfg.Dev = s.Development.Dev
	return cfg
}

// databaseName is where the data are, for people: never with a password.
func (s storageSettings) databaseName() string {
	if s.Database == "" {
		return "sqlite:" + filepath.Join(s.Data, "gatehouse.db")
	}
	return redact(s.Database)
}

// masterKeyName is where the master key comes from.
func (s storageSettings) masterKeyName(src *sources) string {
	switch {
	case src.masterKey != "":
		return masterKeyVariable
	case s.MasterKeyFile != "":
		return s.MasterKeyFile
	}
	return filepath.Join(s.Data, "master.key")
}
