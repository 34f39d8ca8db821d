-- Drives Neovim (0.7 or later) against `shapelint lsp`: the finding comes, the hover tells the shape, the line is mended
-- by typing, the finding goes. Run by lsp_neovim_test.sh; prints "neovim: all as expected" or what went wrong.
local executable = vim.env.SHAPELINT
local file = vim.env.LSP_TEST_FILE

local function finish(message)
  io.stdout:write(message .. "\n")
  vim.cmd(message == "neovim: all as expected" and "qall!" or "cquit!")
end

local function wait_for(what, condition)
  if not vim.wait(20000, condition, 5) then
    finish("waited in vain for " .. what .. "; diagnostics: " .. vim.inspect(vim.diagnostic.get(0)))
    error("stop")
  end
end

vim.cmd("edit " .. vim.fn.fnameescape(file))
local buffer = vim.api.nvim_get_current_buf()
local client_id = vim.lsp.start_client({
  name = "shapelint",
  cmd = { executable, "lsp" },
  root_dir = vim.fn.fnamemodify(file, ":h"),
})
vim.lsp.buf_attach_client(buffer, client_id)
wait_for("the client", function()
  return vim.lsp.buf_is_attached(buffer, client_id) and vim.lsp.get_client_by_id(client_id).initialized
end)

local function findings()
  return vim.diagnostic.get(buffer)
end

wait_for("the finding", function() return #findings() == 1 end)
local found = findings()[1]
local line = vim.api.nvim_buf_get_lines(buffer, found.lnum, found.lnum + 1, true)[1]
if found.source ~= "shapelint" or found.code ~= "batch-collapse" then finish("wrong finding: " .. vim.inspect(found)) end
-- Neovim gives byte columns: the place must be the call, behind two characters that UTF-16 counts as four.
local text = line:sub(found.col + 1, found.end_col)
if text ~= "binary_crossentropy(y_true[:, 0], y_pred[:, 0])" then finish("wrong place: " .. text) end

local function hover(row, column)
  local answer = vim.lsp.buf_request_sync(buffer, "textDocument/hover", {
    textDocument = { uri = vim.uri_from_bufnr(buffer) },
    position = { line = row, character = column },
  }, 20000)
  local result = answer and answer[client_id] and answer[client_id].result
  return result and result.contents.value or "nothing"
end

-- The hover is asked for by UTF-16 column, as Neovim counts for the server.
local column = vim.str_utfindex and select(2, vim.str_utfindex(line, found.col)) or found.col
local shown = hover(found.lnum, column)
if not shown:find("(): float32", 1, true) and not shown:find(": () float32", 1, true) then finish("wrong hover: " .. shown) end
if not shown:find("the batch axis ends here", 1, true) then finish("the hover tells no cause: " .. shown) end

-- Typed, so that the client sends increments: both `0]` become `:1]`.
vim.api.nvim_win_set_cursor(0, { found.lnum + 1, 0 })
vim.cmd([[execute "normal! 0/0]\<CR>s:1\<Esc>n"]])
vim.cmd([[execute "normal! s:1\<Esc>"]])
local mended = vim.api.nvim_buf_get_lines(buffer, found.lnum, found.lnum + 1, true)[1]
if not mended:find("binary_crossentropy(y_true[:, :1], y_pred[:, :1])", 1, true) then finish("typed wrongly: " .. mended) end
wait_for("the finding to go", function() return #findings() == 0 end)

-- And back again, over the undo of the editor.
vim.cmd("undo")
vim.cmd("undo")
wait_for("the finding to come back", function() return #findings() == 1 end)

vim.lsp.stop_client(client_id)
wait_for("the server to end", function() return vim.lsp.get_client_by_id(client_id) == nil end)
finish("neovim: all as expected")
