package agent

// product is what the name before a slash tells.
type product struct {
	family string // empty: it only carries traits
	rank   rank
	traits traits
	os     string // a system that this product exists on alone
}

// rank orders products by how much they tell. Every browser claims to be the
// ones that came before it; the highest rank is what it is.
type rank uint8

const (
	filler  rank = iota // Mozilla, AppleWebKit
	ancient             // Safari, which everybody claims to be
	engine              // Chrome and Firefox, which most are built on
	brand               // a browser that adds its own name
	inApp               // an app that shows pages
	library             // an HTTP library
	program             // a tool that uses one
	someSDK             // an AWS SDK that we have no row for
	awsSDK              // one that we have
	awsTool             // a tool above the SDK
	driven              // a browser that a program drives
	aBot                // a bot that we have a row for
)

// traits are what a product or a field tells beside its name.
type traits uint16

const (
	mozilla  traits = 1 << iota // the word that every browser begins with
	app                         // an app, or a browser inside one
	phone                       // a telephone, where nothing else tells
	tablet                      // a tablet
	tv                          // a television or its box
	console                     // a game console
	webview                     // a browser inside an app
	tool                        // an HTTP library or a tool: automation
	sdk                         // an AWS SDK: automation, unless it runs on a phone
	headless                    // a browser that a program drives: automation
	bot                         // automation that says so
	facebook                    // FBAV has the version
	webkit                      // Safari's engine, or who claims to be it
	appleNet                    // CFNetwork: the system is told by Darwin
)

// Families that are named in more than one place.
const (
	chrome        = "Chrome"
	safari        = "Safari"
	explorer      = "IE"
	chromeWebView = "Chrome WebView"
	safariWebView = "Safari WebView"
	duckDuckGo    = "DuckDuckGo"
	tikTok        = "TikTok"
	rokuBrowser   = "Roku"
	headlessName  = "HeadlessChrome"
)

// products is every name that is known, in groups by rank. It is never changed.
var products = map[string]product{
	"Mozilla":     {traits: mozilla},
	"AppleWebKit": {traits: webkit},
	"Gecko":       {},
	"Mobile":      {traits: phone},
	"Tablet":      {traits: tablet},
	"SmartTV":     {traits: tv},
	"SMART-TV":    {traits: tv},
	"TV":          {traits: tv},
	"GoogleTV":    {traits: tv},
	"HbbTV":       {traits: tv},
	"CE-HTML":     {traits: tv},
	"CrKey":       {traits: tv},
	"Large":       {traits: tv}, // "Large Screen", of webOS
	"KAIOS":       {os: kaiOS, traits: phone},
	"Trident":     {family: explorer, rank: engine, os: windows},

	"Safari":   {family: safari, rank: ancient},
	"Chrome":   {family: chrome, rank: engine},
	"Chromium": {family: chrome, rank: engine},
	"CriOS":    {family: chrome, rank: brand, os: iOS},
	"Firefox":  {family: "Firefox", rank: engine},
	"FxiOS":    {family: "Firefox", rank: brand, os: iOS},
	"Focus":    {family: "Firefox", rank: brand},
	"Klar":     {family: "Firefox", rank: brand},

	"Edge":            {family: "Edge", rank: brand},
	"Edg":             {family: "Edge", rank: brand},
	"EdgA":            {family: "Edge", rank: brand, os: android},
	"EdgiOS":          {family: "Edge", rank: brand, os: iOS},
	"EdgW":            {family: "Edge", rank: brand, traits: app},
	"OPR":             {family: "Opera", rank: brand},
	"Opera":           {family: "Opera", rank: engine},
	"OPT":             {family: "Opera", rank: brand, os: iOS},
	"OPX":             {family: "Opera", rank: brand, os: iOS},
	"Opera Mini":      {family: "Opera Mini", rank: brand, traits: phone},
	"OPiOS":           {family: "Opera Mini", rank: brand, os: iOS},
	"SamsungBrowser":  {family: "Samsung Internet", rank: brand},
	"Vivaldi":         {family: "Vivaldi", rank: brand},
	"DuckDuckGo":      {family: duckDuckGo, rank: brand},
	"Ddg":             {family: duckDuckGo, rank: brand},
	"YaBrowser":       {family: "Yandex", rank: brand},
	"YaSearchBrowser": {family: "Yandex", rank: inApp, traits: app},
	"YaApp_Android":   {family: "Yandex", rank: inApp, traits: app, os: android},
	"YaApp_iOS":       {family: "Yandex", rank: inApp, traits: app, os: iOS},
	"UCBrowser":       {family: "UC Browser", rank: brand},
	"UCWEB":           {family: "UC Browser", rank: engine},
	"HuaweiBrowser":   {family: "Huawei Browser", rank: brand},
	"ArkWeb":          {family: "ArkWeb", rank: engine, os: harmonyOS},
	"MiuiBrowser":     {family: "Xiaomi Browser", rank: brand, os: android},
	"HeyTapBrowser":   {family: "HeyTap Browser", rank: brand, os: android},
	"VivoBrowser":     {family: "Vivo Browser", rank: brand, os: android},
	"Silk":            {family: "Silk", rank: brand, os: android},
	"Whale":           {family: "Whale", rank: brand},
	"QQBrowser":       {family: "QQ Browser", rank: brand},
	"MQQBrowser":      {family: "QQ Browser", rank: brand},
	"BIDUBrowser":     {family: "Baidu Browser", rank: brand},
	"coc_coc_browser": {family: "Coc Coc", rank: brand},
	"Maxthon":         {family: "Maxthon", rank: brand},
	"Puffin":          {family: "Puffin", rank: brand},
	"PHX":             {family: "Phoenix Browser", rank: brand},
	"AlohaBrowser":    {family: "Aloha", rank: brand},
	"AvastBrowser":    {family: "Avast", rank: brand},
	"Avast":           {family: "Avast", rank: brand},
	"AVG":             {family: "AVG", rank: brand},
	"CCleaner":        {family: "CCleaner", rank: brand},
	"Norton":          {family: "Norton", rank: brand},
	"Ecosia":          {family: "Ecosia", rank: brand},
	"OculusBrowser":   {family: "Oculus Browser", rank: brand},
	"SeaMonkey":       {family: "SeaMonkey", rank: brand},
	"PaleMoon":        {family: "Pale Moon", rank: brand},
	"Waterfox":        {family: "Waterfox", rank: brand},
	"Thunderbird":     {family: "Thunderbird", rank: brand, traits: app},
	"Epiphany":        {family: "Epiphany", rank: brand},
	"Konqueror":       {family: "Konqueror", rank: brand},
	"Falkon":          {family: "Falkon", rank: brand},
	"NetFront":        {family: "NetFront", rank: ancient},
	"NintendoBrowser": {family: "Nintendo Browser", rank: brand, traits: console, os: nintendo},
	"Electron":        {family: "Electron", rank: brand, traits: app},
	"QtWebEngine":     {family: "QtWebEngine", rank: brand, traits: app},
	"Roku":            {family: rokuBrowser, rank: brand, traits: tv, os: roku},
	"AppleCoreMedia":  {family: "AppleCoreMedia", rank: library, traits: app},
	"AppleTV":         {traits: tv, os: tvOS},

	"GSA":              {family: "Google App", rank: inApp, traits: app},
	"FBAN":             {family: "Facebook", rank: inApp, traits: app | facebook},
	"FB_IAB":           {family: "Facebook", rank: inApp, traits: app | facebook},
	"Instagram":        {family: "Instagram", rank: inApp, traits: app},
	"Barcelona":        {family: "Threads", rank: inApp, traits: app},
	"LinkedInApp":      {family: "LinkedIn", rank: inApp, traits: app},
	"BytedanceWebview": {family: tikTok, rank: inApp, traits: app},
	"TikTok":           {family: tikTok, rank: inApp, traits: app},
	"Snapchat":         {family: "Snapchat", rank: inApp, traits: app},
	"Pinterest":        {family: "Pinterest", rank: inApp, traits: app},
	"Twitter":          {family: "Twitter", rank: inApp, traits: app},
	"TwitterAndroid":   {family: "Twitter", rank: inApp, traits: app, os: android},
	"MicroMessenger":   {family: "WeChat", rank: inApp, traits: app},
	"Line":             {family: "Line", rank: inApp, traits: app},
	"KAKAOTALK":        {family: "KakaoTalk", rank: inApp, traits: app},
	"NAVER":            {family: "Naver", rank: inApp, traits: app},
	"baiduboxapp":      {family: "Baidu App", rank: inApp, traits: app},
	"QQ":               {family: "QQ", rank: inApp, traits: app},
	"AlipayClient":     {family: "Alipay", rank: inApp, traits: app},
	"Teams":            {family: "Teams", rank: inApp, traits: app},
	"Slack":            {family: "Slack", rank: inApp, traits: app},
	"Discord":          {family: "Discord", rank: inApp, traits: app},
	"Reddit":           {family: "Reddit", rank: inApp, traits: app},

	"CFNetwork":   {family: "CFNetwork", rank: library, traits: app | appleNet},
	"Alamofire":   {family: "Alamofire", rank: library, traits: app},
	"okhttp":      {family: "okhttp", rank: library, traits: app | phone},
	"Dalvik":      {family: "Dalvik", rank: library, traits: app | phone, os: android},
	"Dart":        {family: "Dart", rank: library, traits: app | phone},
	"Cronet":      {family: "Cronet", rank: library, traits: app | phone},
	"ReactNative": {family: "React Native", rank: program, traits: app | phone},
	"Expo":        {family: "Expo", rank: program, traits: app | phone},

	"curl":              {family: "curl", rank: library, traits: tool},
	"libcurl":           {family: "curl", rank: library, traits: tool},
	"Wget":              {family: "Wget", rank: library, traits: tool},
	"Python":            {family: "Python", rank: library, traits: tool},
	"python":            {family: "Python", rank: library, traits: tool},
	"python-requests":   {family: "python-requests", rank: program, traits: tool},
	"Python-urllib":     {family: "Python-urllib", rank: program, traits: tool},
	"python-urllib3":    {family: "Python-urllib", rank: program, traits: tool},
	"python-httpx":      {family: "python-httpx", rank: program, traits: tool},
	"aiohttp":           {family: "aiohttp", rank: program, traits: tool},
	"Go-http-client":    {family: "Go-http-client", rank: library, traits: tool},
	"Java":              {family: "Java", rank: library, traits: tool},
	"Java-http-client":  {family: "Java", rank: library, traits: tool},
	"Apache-HttpClient": {family: "Apache-HttpClient", rank: program, traits: tool},
	"Jakarta":           {family: "Apache-HttpClient", rank: library, traits: tool},
	"node":              {family: "Node.js", rank: library, traits: tool},
	"Node.js":           {family: "Node.js", rank: library, traits: tool},
	"undici":            {family: "Node.js", rank: library, traits: tool},
	"node-fetch":        {family: "node-fetch", rank: program, traits: tool},
	"axios":             {family: "axios", rank: program, traits: tool},
	"got":               {family: "got", rank: program, traits: tool},
	"Deno":              {family: "Deno", rank: library, traits: tool},
	"Bun":               {family: "Bun", rank: library, traits: tool},
	"Ruby":              {family: "Ruby", rank: library, traits: tool},
	"Faraday":           {family: "Faraday", rank: program, traits: tool},
	"GuzzleHttp":        {family: "Guzzle", rank: library, traits: tool},
	"RestSharp":         {family: "RestSharp", rank: library, traits: tool},
	"libwww-perl":       {family: "libwww-perl", rank: library, traits: tool},
	"reqwest":           {family: "reqwest", rank: library, traits: tool},
	"hyper":             {family: "hyper", rank: library, traits: tool},
	"hackney":           {family: "hackney", rank: library, traits: tool},
	"PowerShell":        {family: "PowerShell", rank: program, traits: tool},
	"WindowsPowerShell": {family: "PowerShell", rank: program, traits: tool, os: windows},
	"PostmanRuntime":    {family: "Postman", rank: program, traits: tool},
	"Postman":           {family: "Postman", rank: program, traits: tool},
	"insomnia":          {family: "Insomnia", rank: program, traits: tool},
	"HTTPie":            {family: "HTTPie", rank: program, traits: tool},
	"k6":                {family: "k6", rank: program, traits: tool},
	"hey":               {family: "hey", rank: program, traits: tool},
	"ApacheBench":       {family: "ApacheBench", rank: program, traits: tool},
	"Locust":            {family: "Locust", rank: program, traits: tool},
	"Artillery":         {family: "Artillery", rank: program, traits: tool},
	"sqlmap":            {family: "sqlmap", rank: program, traits: tool},
	"Nikto":             {family: "Nikto", rank: program, traits: tool},
	"WPScan":            {family: "WPScan", rank: program, traits: tool},
	"zgrab":             {family: "zgrab", rank: program, traits: tool},
	"masscan":           {family: "masscan", rank: program, traits: tool},

	"Boto3":                  {family: "Botocore", rank: awsSDK, traits: sdk},
	"Botocore":               {family: "Botocore", rank: awsSDK, traits: sdk},
	"botocore":               {family: "Botocore", rank: awsSDK, traits: sdk},
	"aws-cli":                {family: "aws-cli", rank: awsTool, traits: sdk},
	"aws-sdk-js":             {family: "aws-sdk-js", rank: awsSDK, traits: sdk},
	"aws-sdk-nodejs":         {family: "aws-sdk-js", rank: awsSDK, traits: sdk},
	"aws-sdk-go":             {family: "aws-sdk-go", rank: awsSDK, traits: sdk},
	"aws-sdk-go-v2":          {family: "aws-sdk-go", rank: awsSDK, traits: sdk},
	"aws-sdk-java":           {family: "aws-sdk-java", rank: awsSDK, traits: sdk},
	"aws-sdk-dotnet-coreclr": {family: "aws-sdk-dotnet", rank: awsSDK, traits: sdk},
	"aws-sdk-dotnet-core":    {family: "aws-sdk-dotnet", rank: awsSDK, traits: sdk},
	"aws-sdk-dotnet-45":      {family: "aws-sdk-dotnet", rank: awsSDK, traits: sdk},
	"aws-sdk-php":            {family: "aws-sdk-php", rank: awsSDK, traits: sdk},
	"aws-sdk-ruby3":          {family: "aws-sdk-ruby", rank: awsSDK, traits: sdk},
	"aws-sdk-rust":           {family: "aws-sdk-rust", rank: awsSDK, traits: sdk},
	"aws-sdk-cpp":            {family: "aws-sdk-cpp", rank: awsSDK, traits: sdk},
	"aws-sdk-kotlin":         {family: "aws-sdk-kotlin", rank: awsSDK, traits: sdk},
	"aws-sdk-swift":          {family: "aws-sdk-swift", rank: awsSDK, traits: sdk},
	"aws-sdk-android":        {family: "aws-sdk-android", rank: awsSDK, traits: sdk | app | phone, os: android},
	"aws-sdk-iOS":            {family: "aws-sdk-ios", rank: awsSDK, traits: sdk | app | phone, os: iOS},
	"aws-amplify":            {family: "Amplify", rank: awsTool, traits: sdk | app},
	"amplify-js":             {family: "Amplify", rank: awsTool, traits: sdk | app},
	"amplify-swift":          {family: "Amplify", rank: awsTool, traits: sdk | app},
	"amplify-android":        {family: "Amplify", rank: awsTool, traits: sdk | app | phone, os: android},
	"amplify-flutter":        {family: "Amplify", rank: awsTool, traits: sdk | app},

	"HeadlessChrome":    {family: headlessName, rank: driven, traits: headless},
	"HeadlessEdg":       {family: headlessName, rank: driven, traits: headless},
	"PhantomJS":         {family: "PhantomJS", rank: driven, traits: headless},
	"Cypress":           {family: "Cypress", rank: driven, traits: headless},
	"Playwright":        {family: "Playwright", rank: driven, traits: headless},
	"Puppeteer":         {family: "Puppeteer", rank: driven, traits: headless},
	"Selenium":          {family: "Selenium", rank: driven, traits: headless},
	"selenium":          {family: "Selenium", rank: driven, traits: headless},
	"Chrome-Lighthouse": {family: "Lighthouse", rank: driven, traits: headless},

	"DatadogSynthetics":            {family: "Datadog Synthetics", rank: driven, traits: headless},
	"NewRelicSynthetics":           {family: "New Relic Synthetics", rank: driven, traits: headless},
	"PTST":                         {family: "WebPageTest", rank: driven, traits: headless},
	"BingPreview":                  {family: "bingbot", rank: aBot, traits: bot},
	"Googlebot":                    {family: "Googlebot", rank: aBot, traits: bot},
	"Googlebot-Image":              {family: "Googlebot", rank: aBot, traits: bot},
	"GoogleOther":                  {family: "Googlebot", rank: aBot, traits: bot},
	"Google-InspectionTool":        {family: "Googlebot", rank: aBot, traits: bot},
	"AdsBot-Google":                {family: "AdsBot-Google", rank: aBot, traits: bot},
	"Mediapartners-Google":         {family: "Mediapartners-Google", rank: aBot, traits: bot},
	"bingbot":                      {family: "bingbot", rank: aBot, traits: bot},
	"Applebot":                     {family: "Applebot", rank: aBot, traits: bot},
	"YandexBot":                    {family: "YandexBot", rank: aBot, traits: bot},
	"Baiduspider":                  {family: "Baiduspider", rank: aBot, traits: bot},
	"DuckDuckBot":                  {family: "DuckDuckBot", rank: aBot, traits: bot},
	"facebookexternalhit":          {family: "FacebookBot", rank: aBot, traits: bot},
	"meta-externalagent":           {family: "FacebookBot", rank: aBot, traits: bot},
	"Twitterbot":                   {family: "Twitterbot", rank: aBot, traits: bot},
	"LinkedInBot":                  {family: "LinkedInBot", rank: aBot, traits: bot},
	"Slackbot":                     {family: "Slackbot", rank: aBot, traits: bot},
	"Slackbot-LinkExpanding":       {family: "Slackbot", rank: aBot, traits: bot},
	"Discordbot":                   {family: "Discordbot", rank: aBot, traits: bot},
	"TelegramBot":                  {family: "TelegramBot", rank: aBot, traits: bot},
	"WhatsApp":                     {family: "WhatsApp", rank: aBot, traits: bot}, // its link preview; the app has no browser
	"GPTBot":                       {family: "GPTBot", rank: aBot, traits: bot},
	"ChatGPT-User":                 {family: "ChatGPT-User", rank: aBot, traits: bot},
	"OAI-SearchBot":                {family: "OAI-SearchBot", rank: aBot, traits: bot},
	"ClaudeBot":                    {family: "ClaudeBot", rank: aBot, traits: bot},
	"PerplexityBot":                {family: "PerplexityBot", rank: aBot, traits: bot},
	"Bytespider":                   {family: "Bytespider", rank: aBot, traits: bot},
	"Amazonbot":                    {family: "Amazonbot", rank: aBot, traits: bot},
	"PetalBot":                     {family: "PetalBot", rank: aBot, traits: bot},
	"SemrushBot":                   {family: "SemrushBot", rank: aBot, traits: bot},
	"AhrefsBot":                    {family: "AhrefsBot", rank: aBot, traits: bot},
	"CCBot":                        {family: "CCBot", rank: aBot, traits: bot},
	"UptimeRobot":                  {family: "UptimeRobot", rank: aBot, traits: bot},
	"Pingdom.com_bot_version_1.4_": {family: "Pingdom", rank: aBot, traits: bot},
	"ELB-HealthChecker":            {family: "ELB-HealthChecker", rank: aBot, traits: bot},
	"kube-probe":                   {family: "kube-probe", rank: aBot, traits: bot},
	"Scrapy":                       {family: "Scrapy", rank: aBot, traits: bot},
	"Yahoo! Slurp":                 {family: "Slurp", rank: aBot, traits: bot},
	"Nmap Scripting Engine":        {family: "Nmap", rank: program, traits: tool},
	"Hydra":                        {family: "Hydra", rank: program, traits: tool},
}
