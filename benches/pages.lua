-- For wrk: GETs one page again and again, or a random one of many if the path contains {}, or if it is @ and the name of
-- a file with a path in each line. Prints one line: requests, seconds, median ms, 99th percentile ms, responses that were
-- not the page.
-- wrk ... -s pages.lua URL -- PATH [HOW MANY] [COOKIE]

local requests = {}

function init(args)
    math.randomseed(os.time())
    local headers = { ["Accept-Encoding"] = os.getenv("ACCEPT_ENCODING") }
    if args[3] then headers["Cookie"] = args[3] end
    if args[1]:sub(1, 1) == "@" then
        for path in io.lines(args[1]:sub(2)) do
            requests[#requests + 1] = wrk.format("GET", path, headers)
        end
        return
    end
    for number = 1, tonumber(args[2] or 1) do
        requests[number] = wrk.format("GET", (args[1]:gsub("{}", number)), headers)
    end
end

function request()
    return requests[math.random(#requests)]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("%d\t%.3f\t%.2f\t%.2f\t%d\n",
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
